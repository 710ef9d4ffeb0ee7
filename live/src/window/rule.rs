//! Where windows begin.

use std::str::FromStr;

use regex::Regex;

use crate::arrival::Nanoseconds;

const MILLISECOND: Nanoseconds = 1_000_000;
/// The longest offset.
const OFFSET_MOST_MS: i64 = 3_600_000;

/// Where windows begin.
#[derive(Clone, Debug)]
pub enum Rule {
    /// At markers.
    Marker(MarkerRule),
    /// At this distance from each other.
    Every(Nanoseconds),
    /// Once, and after every break.
    Run,
}

/// The markers that begin a window.
#[derive(Clone, Debug)]
pub struct MarkerRule {
    pattern: Option<Regex>,
    /// How long after the marker the window begins, if given; may be negative.
    pub offset: Option<Nanoseconds>,
}

impl MarkerRule {
    /// Whether a marker begins a window.
    #[must_use]
    pub fn matches(&self, marker: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(marker))
    }
}

impl FromStr for Rule {
    type Err = String;

    /// `marker:REGEX[+MS|-MS]`, `trigger[+MS|-MS]` or `every:MS`.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(hop) = text.strip_prefix("every:") {
            return match hop.parse() {
                Ok(ms @ 1..=3_600_000) => Ok(Self::Every(ms * MILLISECOND)),
                _ => Err(format!("`{hop}` is no distance of windows; give 1 to 3600000 ms, such as `every:100`")),
            };
        }
        let (rest, offset_ms) = split_offset(text)?;
        let pattern = match rest.strip_prefix("marker:") {
            Some(pattern) => {
                Some(Regex::new(pattern).map_err(|error| format!("`{pattern}` is no regular expression: {error}"))?)
            }
            None if rest == "trigger" => None,
            None => return Err("give `marker:REGEX`, `trigger` or `every:MS`".to_owned()),
        };
        Ok(Self::Marker(MarkerRule { pattern, offset: offset_ms.map(|offset| offset * MILLISECOND) }))
    }
}

/// Splits an offset in ms, with its sign, from the end.
fn split_offset(text: &str) -> Result<(&str, Option<i64>), String> {
    let digits = text.chars().rev().take_while(char::is_ascii_digit).count();
    let (rest, number) = text.split_at(text.len() - digits);
    if let Some(whole) = rest.strip_suffix('.')
        && digits > 0
        && let Ok((_, Some(offset))) = split_offset(whole)
    {
        return Err(format!("the offset {offset:+}.{number} is no whole number of milliseconds"));
    }
    if digits == 0 || !rest.ends_with(['+', '-']) {
        return Ok((text, None));
    }
    let (rest, sign) = rest.split_at(rest.len() - 1);
    match format!("{sign}{number}").parse() {
        Ok(offset) if (-OFFSET_MOST_MS..=OFFSET_MOST_MS).contains(&offset) => Ok((rest, Some(offset))),
        _ => Err(format!("the offset {sign}{number} is above {OFFSET_MOST_MS} ms")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(text: &str) -> MarkerRule {
        match text.parse() {
            Ok(Rule::Marker(rule)) => rule,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn rules_are_read() {
        let go = marker("marker:^go");
        assert!(go.matches("go 90") && !go.matches("no go") && go.offset.is_none());
        assert_eq!(marker("marker:go+50").offset, Some(50 * MILLISECOND));
        assert_eq!(marker("marker:go_[0-9]+-120").offset, Some(-120 * MILLISECOND));
        assert!(marker("marker:go_[0-9]+").matches("go_12"));
        assert!(marker("trigger+5").matches("anything"));
        assert!(matches!("every:100".parse(), Ok(Rule::Every(100_000_000))));
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for wrong in [
            "",
            "marker",
            "every:",
            "every:0",
            "every:x",
            "marker:(",
            "trigger:x",
            "marker:x+99999999999",
            "marker:^go+0.5",
        ] {
            assert!(wrong.parse::<Rule>().is_err(), "{wrong}");
        }
    }
}
