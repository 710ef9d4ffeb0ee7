//! Ranges of options and of numbers in a topology.

/// A range and its words.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    contains: fn(f64) -> bool,
    words: &'static str,
}

pub(crate) const ABOVE_ZERO: Range =
    Range { contains: |value| value > 0.0 && value.is_finite(), words: "a number above 0" };
pub(crate) const NOT_NEGATIVE: Range =
    Range { contains: |value| value >= 0.0 && value.is_finite(), words: "0 or a number above 0" };
pub(crate) const AT_LEAST_ONE: Range = Range { contains: |value| value >= 1.0, words: "at least 1" };
pub(crate) const SHARE: Range = Range { contains: |value| (0.0..=1.0).contains(&value), words: "a share of 0 to 1" };
pub(crate) const PROBABILITY: Range =
    Range { contains: |value| (0.0..1.0).contains(&value), words: "at least 0 and below 1" };
pub(crate) const BETWEEN_ZERO_AND_ONE: Range =
    Range { contains: |value| value > 0.0 && value < 1.0, words: "between 0 and 1" };

/// The first of the named values that is not in its range, with the words of the range.
pub(crate) fn first_outside(values: &[(&'static str, f64, Range)]) -> Option<(&'static str, f64, &'static str)> {
    let outside = values.iter().find(|(_, value, range)| !(range.contains)(*value));
    outside.map(|(name, value, range)| (*name, *value, range.words))
}
