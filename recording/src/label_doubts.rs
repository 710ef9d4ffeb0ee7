//! Classes that are probably not what is meant, by their names.

use std::collections::{BTreeMap, HashMap};

use crate::angles::{AngleSource, only_count};

/// Numbers that tools write for a missing value.
const STAND_FOR_MISSING: [f64; 13] = [
    -1.0,
    255.0,
    999.0,
    -999.0,
    9_999.0,
    -9_999.0,
    32_767.0,
    -32_768.0,
    65_535.0,
    2_147_483_647.0,
    -2_147_483_648.0,
    4_294_967_295.0,
    i64::MIN as f64,
];
/// Numbers that differ by such a part of them, or by so little, are one, but for the last digits.
const NEARLY_SAME_PART: f64 = 1e-6;
const NEARLY_ZERO: f64 = 1e-9;
/// So many times the range of the others away is far.
const FAR: f64 = 3.0;
/// What rounding to two decimals does to steps of angles in radians, as a part of them, and to a turn, degrees.
const STEP_TOLERANCE: f64 = 0.02;
const RADIANS_TOLERANCE_DEG: f64 = 0.2;
const DEGREES_TOLERANCE_DEG: f64 = 1e-3;
/// Numbers beyond are no angles in degrees.
const LARGEST_ANGLE_DEG: f64 = 720.0;

/// What is odd about the names of the classes of a column: two that are one direction or nearly one number, one that may stand
/// for a missing value, two that differ by their spelling.
pub fn doubts_of_classes(column: &str, classes: &[String]) -> Vec<String> {
    let of_numbers = classes.iter().map(|name| name.parse().ok().filter(|number: &f64| number.is_finite()));
    let doubts = match of_numbers.collect::<Option<Vec<f64>>>() {
        Some(numbers) => [one_direction(classes, &numbers), nearly_same(classes, &numbers), missing(classes, &numbers)],
        None => [by_spelling(classes), None, None],
    };
    doubts.into_iter().flatten().map(|doubt| format!("column `{column}`: {doubt}")).collect()
}

/// The values of a column that are one in several spellings, such as `M1` and `m1`.
pub fn doubt_of_spellings(column: &str, values: &[String]) -> Option<String> {
    let mut spellings: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    values.iter().for_each(|value| spellings.entry(plain_spelling(value)).or_default().push(value));
    let several = spellings.values().filter(|spellings| spellings.len() > 1).map(|spellings| spellings.join(", "));
    let several: Vec<String> = several.collect();
    (!several.is_empty())
        .then(|| format!("column `{column}` may have one value in several spellings: {}", several.join("; ")))
}

fn one_direction(names: &[String], numbers: &[f64]) -> Option<String> {
    let source = AngleSource::of_numbers(numbers);
    let degrees: Vec<f64> = numbers.iter().map(|&number| source.degrees(number)).collect();
    if only_count(numbers) || degrees.iter().any(|angle| angle.abs() > LARGEST_ANGLE_DEG) {
        return None;
    }
    let (unit, tolerance_deg) = match source {
        AngleSource::Radians => ("radians", RADIANS_TOLERANCE_DEG),
        _ => ("degrees", DEGREES_TOLERANCE_DEG),
    };
    let is_turn = |one: f64, two: f64| {
        let turns = ((one - two) / 360.0).round();
        turns != 0.0 && (one - two - 360.0 * turns).abs() <= tolerance_deg
    };
    let mut pairs = (0..names.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
    pairs.find(|&(first, second)| is_turn(degrees[first], degrees[second])).map(|(first, second)| {
        format!(
            "the labels {} and {} are one direction if they are angles in {unit}, and two classes here",
            names[first], names[second]
        )
    })
}

/// Two numbers that differ by what arithmetic adds to one.
fn nearly_same(names: &[String], numbers: &[f64]) -> Option<String> {
    let mut sorted: Vec<(f64, &String)> = numbers.iter().copied().zip(names).collect();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let [one, other] = [pair[0].1, pair[1].1];
        return Some(format!(
            "the labels {one} and {other} are one number in two spellings, and two classes here; write it in one way"
        ));
    }
    let is_nearly_same = |one: f64, other: f64| {
        let are_whole = one.fract() == 0.0 && other.fract() == 0.0;
        !are_whole && other - one <= f64::max(NEARLY_SAME_PART * one.abs().max(other.abs()), NEARLY_ZERO)
    };
    let pair = sorted.windows(2).find(|pair| is_nearly_same(pair[0].0, pair[1].0))?;
    Some(format!(
        "the labels {} and {} are nearly the same number, and two classes here; round them, or bin angles",
        pair[0].1, pair[1].1
    ))
}

fn missing(names: &[String], numbers: &[f64]) -> Option<String> {
    let odd =
        (0..names.len()).find(|&index| STAND_FOR_MISSING.contains(&numbers[index]) && does_not_fit(index, numbers))?;
    Some(format!(
        "the label {} does not fit the others; if it stands for a missing value, leave out its trials or its class",
        names[odd]
    ))
}

/// Whether a number is far from the others, or between or below them without being in their steps.
fn does_not_fit(index: usize, numbers: &[f64]) -> bool {
    let number = numbers[index];
    let is_other = |&(place, other): &(usize, &f64)| {
        // Another one that may stand for a missing value tells nothing, unless it is far smaller.
        place != index && (!STAND_FOR_MISSING.contains(other) || other.abs() <= 1.0)
    };
    let mut others: Vec<f64> = numbers.iter().enumerate().filter(is_other).map(|(_, &other)| other).collect();
    others.sort_by(f64::total_cmp);
    let [first, .., last] = others[..] else { return false };
    let step = others.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    if (first - number).max(number - last) > FAR * (last - first) {
        return true;
    }
    let off = |value: f64| ((value - first) / step - ((value - first) / step).round()).abs();
    let have_pattern = others.iter().all(|&other| off(other) <= STEP_TOLERANCE * ((other - first) / step).max(1.0));
    let can_be_one = number < 0.0 && first < 0.0 || number > 0.0 && others.len() < 3;
    have_pattern && !can_be_one && off(number) > 1e-3
}

/// Two labels that are one in another spelling.
fn by_spelling(names: &[String]) -> Option<String> {
    let mut seen: HashMap<String, &String> = HashMap::new();
    names.iter().find_map(|name| {
        let other = seen.insert(plain_spelling(name), name)?;
        let how = match other.to_lowercase() == name.to_lowercase() {
            true => "upper and lower case",
            false => "spelling",
        };
        Some(format!("the labels {other} and {name} differ by {how} only, and are two classes here"))
    })
}

/// A text without what spellings of a name differ by: upper and lower case, and blanks, hyphens and underscores, unless they
/// are before a number.
pub(crate) fn plain_spelling(text: &str) -> String {
    let letters: Vec<char> = text.to_lowercase().chars().collect();
    let is_digit = |place: usize| letters.get(place).is_some_and(char::is_ascii_digit);
    let parts_a_name = |place: usize| {
        let after_letter = place.checked_sub(1).is_some_and(|before| letters[before].is_alphabetic());
        [' ', '-', '_'].contains(&letters[place]) && (after_letter || !is_digit(place + 1))
    };
    let plain: String = (0..letters.len()).filter(|&place| !parts_a_name(place)).map(|place| letters[place]).collect();
    if plain.is_empty() { text.to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::{doubt_of_spellings, doubts_of_classes};

    fn doubts(names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        doubts_of_classes("target", &names).join("; ")
    }

    #[test]
    fn a_turn_apart_is_one_direction() {
        for names in [
            &["0", "90", "180", "270", "360"][..],
            &["-90", "0", "90", "180", "270"],
            &["0", "1.5707963", "3.1415927", "4.712389", "6.2831855"],
            &["0", "1.57", "3.14", "4.71", "6.28"],
            &["-3.141592653589793", "-1.5707963267948966", "0", "1.5707963267948966", "3.141592653589793"],
        ] {
            let found = doubts(names);
            assert!(found.contains("are one direction") && found.matches("column").count() == 1, "{names:?}: {found}");
        }
        assert!(doubts(&["0", "90", "360"]).starts_with("column `target`: the labels 0 and 360 are"));
    }

    #[test]
    fn numbers_that_stand_for_missing_are_doubted() {
        let eight = ["0", "45", "90", "135", "180", "225", "270", "315"];
        for (odd, others) in [
            ("-1", &eight[..]),
            ("-1", &["0", "90", "180", "270"]),
            ("-1", &["0", "120", "240"]),
            ("-1", &["0", "1.57", "3.14", "4.71"]),
            ("255", &eight),
            ("999", &eight),
            ("-9999", &eight),
            ("-2147483648", &eight),
            ("255", &["0", "1"]),
            ("999", &["1", "2", "3", "4"]),
        ] {
            let names = [&[odd][..], others].concat();
            let found = doubts(&names);
            assert!(
                found.contains(&format!("label {odd} does not fit")) && found.matches("column").count() == 1,
                "{names:?}: {found}"
            );
        }
    }

    #[test]
    fn labels_that_differ_by_case_are_doubted() {
        assert!(doubts(&["Left", "left", "right"]).contains("Left and left differ by upper and lower case"));
    }

    #[test]
    fn labels_that_differ_by_spelling_are_doubted() {
        for [one, other] in [["M1", "M-1"], ["left up", "Left_up"]] {
            assert!(doubts(&[one, "x", other]).contains("differ by spelling only"), "{one} {other}");
        }
        for [one, other] in [["ch1-1", "ch11"], ["a1", "-1"], ["-", "_"]] {
            assert_eq!(doubts(&[one, "x", other]), "");
        }
        let values = ["M-1", "M1", "PMd", "S1", "m1", "pmd"].map(str::to_owned);
        let doubt = doubt_of_spellings("location", &values).unwrap();
        assert!(doubt.ends_with("several spellings: M-1, M1, m1; PMd, pmd"), "{doubt}");
        assert_eq!(doubt_of_spellings("location", &values[1..4]), None);
    }

    #[test]
    fn numbers_that_differ_in_the_last_digits_are_doubted() {
        let doubt = doubts(&["0", "0.7853981633974483", "0.7853981633974484", "1.5707963267948966"]);
        assert!(doubt.contains("0.7853981633974483 and 0.7853981633974484 are nearly the same number"), "{doubt}");
        assert!(doubts(&["-80", "-1.4e-14", "4.9e-15", "80"]).contains("-1.4e-14 and 4.9e-15"));
        assert_eq!(doubts(&["2000001", "2000002", "0.5"]), "");
        assert!(doubts(&["0", "0.0", "90"]).contains("0 and 0.0 are one number in two spellings"));
    }

    #[test]
    fn usual_classes_are_fine() {
        for names in [
            &["0", "45", "90", "135", "180", "225", "270", "315"][..],
            &["-135", "-90", "-45", "0", "45", "90", "135", "180"],
            &["-2.36", "-1.57", "-0.79", "0", "0.79", "1.57", "2.36", "3.14"],
            &["0", "0.785", "1.571", "2.356", "3.142", "3.927", "4.712", "5.498"],
            &["-1", "0", "1"],
            &["-1", "1"],
            &["-1", "-0.5", "0.5", "1"],
            &["-1", "0", "1", "2", "3"],
            &["0", "51", "102", "153", "204", "255"],
            &["0", "128", "255"],
            &["1", "2", "3", "4", "5", "6", "7", "8"],
            &["1000", "1360", "1720"],
            &["left", "right", "Up", "down"],
            &["0", "90", "left"],
        ] {
            assert_eq!(doubts(names), "", "{names:?}");
        }
        let many: Vec<String> = (0..400).map(|number: u32| number.to_string()).collect();
        assert_eq!(doubts_of_classes("trial", &many), [""; 0]);
    }
}
