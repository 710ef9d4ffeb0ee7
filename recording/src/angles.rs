//! Directions: what numbers and vectors of a label column mean as angles, and bins of angles.

use std::f64::consts::TAU;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The directions of the classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassAngles {
    /// The direction of each class, degrees from 0 to below 360.
    pub degrees: Vec<f64>,
    /// Where they come from.
    pub source: AngleSource,
}

/// Where directions come from. As text: what was assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AngleSource {
    /// Numbers in degrees.
    Degrees,
    /// Numbers in radians: all are within a turn either way, and not all are integers.
    Radians,
    /// Pairs of numbers: the direction in which each points from (0, 0), counterclockwise from the first axis.
    Vectors,
}

/// Decimals of a degree that the directions of vectors are rounded to, and those of a bin's name.
const VECTOR_DECIMALS: i32 = 1;
const BIN_DECIMALS: i32 = 2;
/// A vector shorter than this part of the longest has no direction: a target in the centre.
const SHORTEST_PART: f64 = 1e-6;
/// Targets around a centre take a wider arc, degrees.
const NARROW_ARC_DEG: f64 = 60.0;
/// Numbers beyond ten turns are no directions in degrees.
const MOST_DEG: f64 = 3_600.0;
/// What 32-bit floats may add to a turn.
const TURN_TOLERANCE: f64 = 1e-5;

impl fmt::Display for AngleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AngleSource::Degrees => "numbers taken as degrees",
            AngleSource::Radians => "numbers taken as radians",
            AngleSource::Vectors => "vectors taken from (0, 0)",
        })
    }
}

impl AngleSource {
    /// Radians if all numbers are within a turn either way and not all are integers, else degrees.
    pub(crate) fn of_numbers(numbers: &[f64]) -> AngleSource {
        let finite = || numbers.iter().filter(|number| number.is_finite());
        let within_a_turn = finite().all(|number| number.abs() <= TAU + TURN_TOLERANCE);
        let has_fractions = finite().any(|number| number.fract() != 0.0);
        if within_a_turn && has_fractions { AngleSource::Radians } else { AngleSource::Degrees }
    }

    /// A number that is too large for an angle.
    pub(crate) fn beyond_angles(self, numbers: &[f64]) -> Option<f64> {
        let is_beyond = |number: &f64| number.is_finite() && self.degrees(*number).abs() > MOST_DEG;
        numbers.iter().copied().find(is_beyond)
    }

    /// A number as degrees.
    pub(crate) fn degrees(self, number: f64) -> f64 {
        if self == AngleSource::Radians { number.to_degrees() } else { number }
    }
}

impl ClassAngles {
    /// The directions that numbers, as names of classes, are; none if they are words, if they only count the targets (1, 2,
    /// 3, ...), if two are the same direction, or if all lie in a narrow arc, as hours or parts of a turn would.
    pub(crate) fn of_names(names: &[String]) -> Option<ClassAngles> {
        let numbers: Vec<f64> = names.iter().map(|name| name.trim().parse().ok()).collect::<Option<_>>()?;
        if numbers.iter().any(|number| !number.is_finite()) || only_count(&numbers) {
            return None;
        }
        let source = AngleSource::of_numbers(&numbers);
        ClassAngles { degrees: numbers.iter().map(|&number| source.degrees(number)).collect(), source }
            .distinct()
            .filter(|angles| arc(&angles.degrees).is_none_or(|[first, last]| !is_narrow(first, last)))
    }

    /// The same within one turn; none if two are the same direction.
    pub(crate) fn distinct(mut self) -> Option<ClassAngles> {
        self.degrees.iter_mut().for_each(|angle| *angle = angle.rem_euclid(360.0));
        let mut sorted = self.degrees.clone();
        sorted.sort_by(f64::total_cmp);
        let differ = sorted.windows(2).all(|pair| pair[1] - pair[0] > 1e-6);
        let closes = sorted.len() < 2 || sorted[0] + 360.0 - sorted[sorted.len() - 1] > 1e-6;
        (differ && closes).then_some(self)
    }
}

/// Whether they are successive integers, which number targets: no experiment has targets a degree apart.
pub(crate) fn only_count(numbers: &[f64]) -> bool {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.iter().all(|number| number.fract() == 0.0) && sorted.windows(2).all(|pair| pair[1] - pair[0] == 1.0)
}

/// The directions of vectors, degrees from 0 to below 360; none for a vector that is missing or has no length.
pub(crate) fn directions(vectors: &[[f64; 2]]) -> Vec<Option<f64>> {
    let length = |[x, y]: &[f64; 2]| x.hypot(*y);
    let longest = vectors.iter().map(length).filter(|length| length.is_finite()).fold(0.0, f64::max);
    let direction = |vector: &[f64; 2]| {
        let length = length(vector);
        let has_direction = length.is_finite() && length > SHORTEST_PART * longest;
        has_direction.then(|| rounded(vector[1].atan2(vector[0]).to_degrees(), VECTOR_DECIMALS).rem_euclid(360.0))
    };
    vectors.iter().map(direction).collect()
}

/// First and last of the shortest arc that has all these angles, counterclockwise, degrees; none of fewer than two angles.
pub(crate) fn arc(degrees: &[f64]) -> Option<[f64; 2]> {
    let mut sorted = degrees.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    let next = sorted.iter().cycle().skip(1);
    // The arc begins after the widest gap.
    let gaps = sorted.iter().zip(next).map(|(this, next)| ((next - this).rem_euclid(360.0), *next, *this));
    let (_, first, last) = gaps.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (sorted.len() > 1).then_some([first, last])
}

/// Whether an arc is narrower than that of the targets of any task with a centre.
pub(crate) fn is_narrow(first_deg: f64, last_deg: f64) -> bool {
    (last_deg - first_deg).rem_euclid(360.0) < NARROW_ARC_DEG
}

/// The bin of an angle: `n_bins` of equal width, the first centred on 0. None for an angle that is missing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to below n_bins")]
pub(crate) fn bin(angle_deg: f64, n_bins: u32) -> Option<u32> {
    let width_deg = 360.0 / f64::from(n_bins);
    let bin = (angle_deg.rem_euclid(360.0) / width_deg).round().rem_euclid(f64::from(n_bins));
    angle_deg.is_finite().then_some(bin as u32)
}

/// The name of a bin, which is its centre in degrees.
pub(crate) fn bin_name(bin: u32, n_bins: u32) -> String {
    rounded(360.0 * f64::from(bin) / f64::from(n_bins), BIN_DECIMALS).to_string()
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    // Minus zero is zero.
    (value * scale).round() / scale + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Option<ClassAngles> {
        ClassAngles::of_names(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn numbers_are_degrees_unless_they_are_fractions_within_a_turn() {
        let degrees = of(&["0", "180", "270", "90"]).unwrap();
        assert_eq!((degrees.degrees, degrees.source), (vec![0.0, 180.0, 270.0, 90.0], AngleSource::Degrees));
        let radians = of(&["-1.5707963", "0", "1.5707963", "3.1415926"]).unwrap();
        assert_eq!(radians.source, AngleSource::Radians);
        assert!((radians.degrees[0] - 270.0).abs() < 1e-4, "{:?}", radians.degrees);
        assert_eq!(of(&["-45", "0", "45"]).unwrap().degrees, [315.0, 0.0, 45.0]);
    }

    #[test]
    fn words_counts_and_the_same_direction_twice_are_no_directions() {
        for names in
            [&["down", "left"][..], &["1", "2", "3", "4"], &["0", "1", "2"], &["0", "90", "360"], &["0", "inf"]]
        {
            assert_eq!(of(names), None, "{names:?}");
        }
    }

    #[test]
    fn hours_and_parts_of_a_turn_are_no_directions() {
        for names in [&["3", "6", "9", "12"][..], &["0", "0.25", "0.5", "0.75"], &["350", "0", "20"]] {
            assert_eq!(of(names), None, "{names:?}");
        }
        assert!(of(&["300", "0", "15"]).is_some());
    }

    #[test]
    fn vectors_point_from_the_origin_and_a_central_one_nowhere() {
        let vectors = [[8.0, 0.0], [0.0, 8.0], [-8.0, 1e-9], [0.0, -8.0], [0.0, 0.0], [f64::NAN, 1.0], [8.0, -1e-9]];
        let expected = [Some(0.0), Some(90.0), Some(180.0), Some(270.0), None, None, Some(0.0)];
        assert_eq!(directions(&vectors), expected);
    }

    #[test]
    fn bins_are_centred_on_zero_and_named_by_their_centres() {
        let bins = [0.0, 22.4, 22.6, 337.6, 337.4, -10.0, 359.9, 720.0].map(|angle| bin(angle, 8).unwrap());
        assert_eq!(bins, [0, 0, 1, 0, 7, 0, 0, 0]);
        assert_eq!((bin_name(1, 8), bin_name(1, 7), bin_name(0, 5)), ("45".into(), "51.43".into(), "0".into()));
        assert_eq!(bin(f64::NAN, 8), None);
    }
}
