//! When a window decides.

use std::str::FromStr;

/// When a window decides. Ticks are counted from 1: after one tick, `at:1` has decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decide {
    /// After its last tick.
    #[default]
    End,
    /// After so many ticks.
    At(u64),
    /// After the first tick, not before so many, whose best score exceeds the second by so much or more; else at the end.
    Margin {
        /// The margin.
        margin: u16,
        /// The first tick that may decide.
        from: u64,
    },
}

/// Decides once in a window.
#[derive(Clone, Copy, Debug)]
pub struct Decider {
    decide: Decide,
    n_ticks: u64,
    ran: u64,
    has_decided: bool,
}

impl Decider {
    /// Of a window of `n_ticks` ticks.
    #[must_use]
    pub fn new(decide: Decide, n_ticks: u64) -> Self {
        Self { decide, n_ticks, ran: 0, has_decided: false }
    }

    /// Takes the scores of the next tick. Returns whether it decides.
    pub fn decides(&mut self, scores: &[i16]) -> bool {
        self.ran += 1;
        let is_time = match self.decide {
            Decide::End => false,
            Decide::At(tick) => self.ran >= tick,
            Decide::Margin { margin, from } => self.ran >= from && lead(scores) >= i32::from(margin),
        };
        let decides = !self.has_decided && (is_time || self.ran >= self.n_ticks);
        self.has_decided |= decides;
        decides
    }

    /// Whether it has decided.
    #[must_use]
    pub fn has_decided(&self) -> bool {
        self.has_decided
    }
}

/// By how much the best score exceeds the second.
fn lead(scores: &[i16]) -> i32 {
    let (best, second) =
        scores.iter().map(|&score| i32::from(score)).fold((i32::MIN, i32::MIN), |(best, second), score| {
            if score > best { (score, best) } else { (best, second.max(score)) }
        });
    best.saturating_sub(second)
}

impl FromStr for Decide {
    type Err = String;

    /// `end`, `at:TICK` or `margin:M,from:TICK`.
    fn from_str(text: &str) -> Result<Self, String> {
        let tick = |text: &str| text.parse().ok().filter(|tick| *tick > 0);
        let parsed = if text == "end" {
            Some(Self::End)
        } else if let Some(at) = text.strip_prefix("at:") {
            tick(at).map(Self::At)
        } else if let Some(margin) = text.strip_prefix("margin:") {
            let (margin, from) = margin.split_once(",from:").unwrap_or((margin, "1"));
            margin.parse().ok().zip(tick(from)).map(|(margin, from)| Self::Margin { margin, from })
        } else {
            None
        };
        parsed.ok_or_else(|| "give `end`, `at:TICK` or `margin:SCORE,from:TICK`, with ticks from 1".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tick, from 1, that decides.
    fn decided(decide: &str, scores: &[[i16; 3]]) -> Vec<usize> {
        let mut decider = Decider::new(decide.parse().unwrap(), scores.len() as u64);
        scores.iter().zip(1..).filter(|(scores, _)| decider.decides(&scores[..])).map(|(_, tick)| tick).collect()
    }

    #[test]
    fn a_window_decides_once() {
        let scores = [[0, 9, 1], [5, 4, 0], [1, 2, 9], [7, 7, 0], [1, 2, 3]];
        assert_eq!(decided("end", &scores), [5]);
        assert_eq!(decided("at:2", &scores), [2]);
        assert_eq!(decided("at:9", &scores), [5]);
        assert_eq!(decided("margin:8,from:1", &scores), [1]);
        assert_eq!(decided("margin:7,from:2", &scores), [3]);
        assert_eq!(decided("margin:8,from:2", &scores), [5]);
        assert_eq!(decided("margin:0,from:4", &scores), [4]);
    }

    #[test]
    fn the_margin_of_extreme_scores_does_not_overflow() {
        assert_eq!(lead(&[i16::MIN, i16::MAX]), 65_535);
        assert!(lead(&[3]) > 65_535);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for wrong in ["", "at:0", "at:", "margin:", "margin:70000", "margin:3,from:0", "never"] {
            assert!(wrong.parse::<Decide>().is_err(), "{wrong}");
        }
    }
}
