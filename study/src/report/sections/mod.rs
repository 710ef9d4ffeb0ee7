//! The sections of the report.

pub mod ablation;
pub mod accuracy;
pub(crate) mod drift;
pub mod early;
pub mod energy;
pub mod front;
pub mod noise;
pub mod similarity;
pub mod sparsity;
pub mod topology;
pub mod tuning;

use super::{Claim, Source, Value, Verdict};
use crate::analysis::statistics::Interval;
use crate::results::{Estimate, Results};
use crate::run::Method;

/// Name of a panel's CSV file: what it shows, and of what.
fn file_name(what: &str, of: &str) -> String {
    let plain = of.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' });
    format!("{what}_{}", plain.collect::<String>())
}

/// A share as a percentage, for words.
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A difference of shares in points with its interval, for words.
fn points(difference: &Estimate) -> String {
    let &Estimate { mean, interval, n, .. } = difference;
    let mean = 100.0 * mean;
    if let Some(cause) = too_few(n) {
        return format!("{mean:+.1} points; {cause}");
    }
    // A difference of shares cannot be larger.
    let [low, high] = [interval.low, interval.high].map(|end| 100.0 * end.clamp(-1.0, 1.0));
    format!("{mean:+.1} points (95 %: {low:+.1} to {high:+.1})")
}

/// A share as a percentage in a table, if there is one.
fn share(share: f64) -> Value {
    if share.is_nan() { Value::Missing } else { Value::Number(100.0 * share, 1) }
}

/// Values from which an interval is taken to decide something.
const FEWEST_VALUES: usize = 3;

/// Why so few values decide nothing, and what it takes.
fn too_few(n_values: usize) -> Option<String> {
    let cause = || {
        format!(
            "{n_values} values, one per fold and seed, are too few for an interval: it takes {FEWEST_VALUES}, so more seeds"
        )
    };
    (n_values < FEWEST_VALUES).then(cause)
}

/// How many trials it takes to detect a difference of so many points, in words, if these are too few: their interval is wider
/// than that on either side.
fn trials_to_tell(difference: &Estimate, points: f64) -> Option<String> {
    let half_width = 100.0 * (difference.interval.high - difference.interval.low) / 2.0;
    // The width of an interval falls with the root of the number of trials.
    let n_trials = difference.n as f64 * (half_width / points).powi(2);
    let words = || {
        let points = if points > 1.0 { format!("{points} points") } else { "a point".to_owned() };
        format!("it takes about {} trials to tell {points}", (n_trials / 100.0).ceil() * 100.0)
    };
    (half_width > points).then(words)
}

/// Whether a difference is above 0.
fn above_zero(difference: &Estimate) -> Verdict {
    above(difference, 0.0)
}

/// Whether a difference is not below 0: an interval that starts there excludes what is below.
fn not_below_zero(difference: &Estimate) -> Verdict {
    let is_at_zero = difference.n >= FEWEST_VALUES && difference.interval.low == 0.0;
    if is_at_zero { Verdict::Holds } else { above_zero(difference) }
}

/// Whether an estimate is above `bar`, by its interval.
fn above(estimate: &Estimate, bar: f64) -> Verdict {
    match estimate.interval {
        _ if estimate.n < FEWEST_VALUES => Verdict::UndecidedByDesign,
        Interval { low, .. } if low > bar => Verdict::Holds,
        Interval { low, high } if high < bar || (low == high && high == bar) => Verdict::Fails,
        _ => Verdict::Undecided,
    }
}

/// The claim as not applicable, if the network would be compared with itself.
fn against_itself(results: &Results<'_>, claim: &str, source: Source, rival: &Method) -> Option<Claim> {
    let why = format!("the first topology is {rival} itself");
    (*rival == results.first()).then(|| Claim::not_applicable(claim, source, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_decide_nothing_and_the_evidence_says_what_would() {
        let of = |n| Estimate { mean: 0.05, sd: 0.0, interval: Interval { low: 0.04, high: 0.06 }, n };
        assert_eq!((above_zero(&of(2)), above_zero(&of(3))), (Verdict::UndecidedByDesign, Verdict::Holds));
        let at_zero = Estimate { mean: 0.0, sd: 0.0, interval: Interval { low: 0.0, high: 0.0 }, n: 9 };
        assert_eq!((not_below_zero(&at_zero), above_zero(&at_zero)), (Verdict::Holds, Verdict::Fails));
        assert_eq!((above(&of(3), 0.05), above(&of(3), 0.07)), (Verdict::Undecided, Verdict::Fails));
        assert!(points(&of(2)).contains("more seeds"), "{}", points(&of(2)));
        assert_eq!(points(&of(3)), "+5.0 points (95 %: +4.0 to +6.0)");
    }
}
