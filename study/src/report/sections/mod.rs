//! The sections of the report.

pub mod ablation;
pub mod accuracy;
pub mod early;
pub mod energy;
pub mod noise;
pub mod similarity;
pub mod sparsity;
pub mod topology;
pub mod tuning;

use super::{Claim, Source, Value, Verdict};
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
    let Estimate { mean, interval, .. } = difference;
    let mean = 100.0 * mean;
    if interval.low.is_nan() {
        return format!("{mean:+.1} points, too few folds and seeds for an interval");
    }
    // A difference of shares cannot be larger.
    let [low, high] = [interval.low, interval.high].map(|end| 100.0 * end.clamp(-1.0, 1.0));
    format!("{mean:+.1} points (95 %: {low:+.1} to {high:+.1})")
}

/// A share as a percentage in a table, if there is one.
fn share(share: f64) -> Value {
    if share.is_nan() { Value::Missing } else { Value::Number(100.0 * share, 1) }
}

/// Whether a difference is above 0; undecided if its interval is unknown.
fn above_zero(difference: &Estimate) -> Verdict {
    match (difference.interval.low > 0.0, difference.interval.high < 0.0) {
        (true, _) => Verdict::Holds,
        (_, true) => Verdict::Fails,
        _ => Verdict::Undecided,
    }
}

/// The claim as not applicable, if the network would be compared with itself.
fn against_itself(results: &Results<'_>, claim: &str, source: Source, rival: &Method) -> Option<Claim> {
    let why = format!("the first topology is {rival} itself");
    (*rival == results.first()).then(|| Claim::not_applicable(claim, source, why))
}
