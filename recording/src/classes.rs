//! Classes from the labels of trials.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::angles::{AngleSource, ClassAngles, bin, bin_name, directions};
use crate::selection::list_of_values;
use crate::{Column, Error, TrialTable, Unreadable, as_value};

/// Names of label columns, by default the first of them that the trials have.
pub const USUAL_LABEL_COLUMNS: [&str; 12] = [
    "target_label",
    "target_direction",
    "target_dir",
    "target_id",
    "direction",
    "target",
    "label",
    "condition",
    "condition_id",
    "trial_type",
    "class",
    "angle",
];

/// Text that stands for a missing value, in upper or lower case.
const MISSING: [&str; 14] = [
    "na", "n/a", "#n/a", "nan", "null", "none", "<na>", "nat", "nil", "-nan", "1.#qnan", "1.#ind", "-1.#ind",
    "#n/a n/a",
];
/// Marks that stand for a missing value in a column whose other values have letters or digits.
const MISSING_MARKS: [&str; 4] = ["-", "--", "?", "."];
/// The most bins of angles.
const BINS_MAX: u32 = 360;

/// The labels of the trials of a recording.
pub(crate) struct Labels {
    /// The column they come from.
    pub(crate) column: String,
    /// The label of each trial (row); none if it is missing.
    pub(crate) of_trial: Vec<Option<String>>,
    are_numbers: bool,
    /// Where the angles come from, if the labels are angles whatever their names.
    angles: Option<AngleSource>,
}

/// The classes of all trials.
#[derive(Debug)]
pub(crate) struct Classes {
    /// Their names: numbers in numeric order, text in alphabetical order.
    pub(crate) names: Vec<String>,
    /// Their directions, if the labels tell them.
    pub(crate) angles: Option<ClassAngles>,
}

/// The default label column: the first of [`USUAL_LABEL_COLUMNS`] that the trials have; none if that cannot be read.
pub fn default_label_column(trials: &TrialTable) -> Option<&'static str> {
    let found = USUAL_LABEL_COLUMNS.into_iter().find(|usual| trials.column(usual).is_ok());
    found.filter(|_| usual_but_unreadable(trials).is_none())
}

/// The column that would be the default label column if it could be read.
fn usual_but_unreadable(trials: &TrialTable) -> Option<&Unreadable> {
    let mut usual = USUAL_LABEL_COLUMNS.into_iter().take_while(|usual| trials.column(usual).is_err());
    usual.find_map(|usual| trials.unreadable.iter().find(|column| column.name == usual))
}

impl Labels {
    /// Reads the labels from the column; `n_bins` of angles, if it is to be binned.
    pub(crate) fn read(trials: &TrialTable, column: Option<&str>, n_bins: Option<u32>) -> Result<Labels, Error> {
        let column = match column {
            Some(column) => column,
            None => {
                let unreadable = usual_but_unreadable(trials);
                if let Some(Unreadable { name, reason }) = unreadable {
                    let cause = format!("it has a usual name of labels, but cannot be read ({reason})");
                    return Err(Error::UnsuitableColumn { column: name.clone(), cause });
                }
                let is_label = |name: &&str| !["_ms", "_time"].iter().any(|ending| name.ends_with(ending));
                let available = || trials.describe_columns(trials.column_names().filter(is_label));
                default_label_column(trials).ok_or_else(|| Error::NoLabelColumn { available: available() })?
            }
        };
        let values = trials.column(column)?;
        let (of_trial, angles) = match n_bins {
            None => (values.labels_of_rows(), matches!(values, Column::Vector(_)).then_some(AngleSource::Vectors)),
            Some(n_bins) => {
                if !(2..=BINS_MAX).contains(&n_bins) {
                    let cause = format!("{n_bins} must be from 2 to {BINS_MAX}");
                    return Err(Error::BadOption { option: "bin_angles", cause });
                }
                let (angles_deg, source) =
                    angles_deg(values).map_err(|cause| Error::UnsuitableColumn { column: column.into(), cause })?;
                let name = |angle: Option<f64>| Some(bin_name(bin(angle?, n_bins)?, n_bins));
                (angles_deg.into_iter().map(name).collect(), Some(source))
            }
        };
        let are_numbers = angles.is_some() || !matches!(values, Column::Text(_));
        Ok(Labels { column: column.into(), of_trial, are_numbers, angles })
    }
}

impl Classes {
    /// The classes of these recordings' labels, all of them or those `wanted`; `counts` says of each whether a trial's label
    /// counts.
    pub(crate) fn of(
        labels: &[Labels],
        counts: impl Fn(usize, usize) -> bool,
        wanted: Option<&[String]>,
    ) -> Result<Classes, Error> {
        let are_numbers = labels.iter().all(|labels| labels.are_numbers);
        let mut found = BTreeSet::new();
        for (recording, labels) in labels.iter().enumerate() {
            let counted = labels.of_trial.iter().enumerate().filter(|(trial, _)| counts(recording, *trial));
            found.extend(counted.filter_map(|(_, label)| label.clone()));
        }
        let all = sorted(found, are_numbers);
        let column = labels.first().map_or("", |labels| labels.column.as_str());
        let names = match wanted {
            None => all,
            Some(wanted) => select(are_numbers, all, wanted, column)?,
        };
        if names.len() < 2 {
            let mut classes = if names.is_empty() { "no trial has a label".into() } else { list_of_values(&names) };
            let source = labels.first().and_then(|labels| labels.angles);
            source.iter().for_each(|source| classes += &format!("; {source}"));
            return Err(Error::TooFewClasses { column: column.into(), n_classes: names.len(), classes });
        }
        let source = labels.first().and_then(|labels| labels.angles);
        if labels.iter().any(|labels| labels.angles != source) {
            let cause = "its angles are in degrees in one recording, in radians or vectors in another".into();
            return Err(Error::UnsuitableColumn { column: column.into(), cause });
        }
        let angles = match source {
            Some(source) => names
                .iter()
                .map(|name| name.parse().ok())
                .collect::<Option<Vec<f64>>>()
                .and_then(|degrees| ClassAngles { degrees, source }.distinct()),
            None => ClassAngles::of_names(&names),
        };
        Ok(Classes { names, angles })
    }

    /// The class of a label; none if it is not one of the classes.
    pub(crate) fn index(&self, label: &str) -> Option<usize> {
        self.names.iter().position(|name| name == label)
    }
}

impl Column {
    /// The labels in this column, each once: numbers in numeric order, text in alphabetical order; of vectors their
    /// directions in degrees.
    pub fn labels(&self) -> Vec<String> {
        sorted(self.labels_of_rows().into_iter().flatten().collect(), !matches!(self, Column::Text(_)))
    }

    /// The label of each row; none if it is missing (NaN, infinite, a text that says so, a vector without length).
    pub fn labels_of_rows(&self) -> Vec<Option<String>> {
        match self {
            Column::Real(values) => values.iter().map(|&value| real_label(value)).collect(),
            Column::Integer(values) => values.iter().map(|value| Some(value.to_string())).collect(),
            Column::Text(values) => text_labels(values),
            Column::Vector(values) => directions(values).into_iter().map(|angle| real_label(angle?)).collect(),
        }
    }
}

/// Whether text stands for a missing value in any column: empty, or one of [`MISSING`].
pub(crate) fn is_missing(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || MISSING.iter().any(|missing| text.eq_ignore_ascii_case(missing))
}

/// Whether text stands for a missing value in some columns.
pub(crate) fn is_missing_mark(text: &str) -> bool {
    MISSING_MARKS.contains(&text.trim())
}

/// The truth value that text spells; `1` and `0` do only beside such words.
pub(crate) fn truth(text: &str) -> Option<bool> {
    [("true", true), ("1", true), ("false", false), ("0", false)]
        .into_iter()
        .find_map(|(spelling, is_true)| text.trim().eq_ignore_ascii_case(spelling).then_some(is_true))
}

/// The labels of text: without blanks around it, and truth values in one spelling if the column holds nothing else.
fn text_labels(values: &[String]) -> Vec<Option<String>> {
    let is_word = |value: &&String| !is_missing(value) && !is_missing_mark(value);
    let has_marks = values.iter().filter(is_word).all(|value| value.chars().any(char::is_alphanumeric))
        && BTreeSet::from_iter(values.iter().map(|value| value.trim()).filter(|value| is_missing_mark(value))).len()
            == 1
        && values.iter().any(|value| is_word(&value));
    let shown = |value: &String| {
        let is_shown = !(is_missing(value) || has_marks && is_missing_mark(value));
        is_shown.then(|| value.trim().to_owned())
    };
    let mut labels: Vec<Option<String>> = values.iter().map(shown).collect();
    let is_truth = labels.iter().flatten().all(|label| truth(label).is_some());
    if is_truth && labels.iter().flatten().any(|label| label.len() > 1) {
        labels.iter_mut().flatten().for_each(|label| *label = (truth(label) == Some(true)).to_string());
    }
    labels
}

/// The angle of each row in degrees, and where it comes from.
fn angles_deg(values: &Column) -> Result<(Vec<Option<f64>>, AngleSource), String> {
    let of_numbers = |numbers: Vec<f64>| {
        let source = AngleSource::of_numbers(&numbers);
        if let Some(number) = source.beyond_angles(&numbers) {
            return Err(format!("it holds {number}, which is many turns if it is an angle in degrees"));
        }
        let degrees = |number: f64| number.is_finite().then(|| source.degrees(number));
        Ok((numbers.into_iter().map(degrees).collect(), source))
    };
    match values {
        Column::Real(values) => of_numbers(values.clone()),
        Column::Integer(values) => of_numbers(values.iter().map(|&value| value as f64).collect()),
        Column::Vector(values) => Ok((directions(values), AngleSource::Vectors)),
        Column::Text(values) => {
            let number = |label: Option<String>| label.map_or(Ok(f64::NAN), |label| label.parse());
            let numbers = text_labels(values).into_iter().map(number).collect::<Result<Vec<f64>, _>>();
            numbers.map_err(|_| "it holds words, and only numbers and vectors are angles".into()).and_then(of_numbers)
        }
    }
}

/// Shortest decimal of a finite number, with an exponent if it is very small or large; minus zero is zero.
fn real_label(value: f64) -> Option<String> {
    let is_plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
    value.is_finite().then(|| if is_plain { (value + 0.0).to_string() } else { format!("{value:e}") })
}

fn sorted(labels: BTreeSet<String>, are_numbers: bool) -> Vec<String> {
    let mut names: Vec<String> = labels.into_iter().collect();
    if are_numbers {
        names.sort_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            _ => Ordering::Equal,
        });
    }
    names
}

/// The `wanted` of all classes, in the order of the classes; numbers compare as numbers.
fn select(are_numbers: bool, all: Vec<String>, wanted: &[String], column: &str) -> Result<Vec<String>, Error> {
    let number = |label: &str| label.trim().parse().ok().or(truth(label).map(|is_true| f64::from(u8::from(is_true))));
    let canonical = |label: &str| number(label).filter(|_| are_numbers).and_then(real_label);
    let mut chosen = Vec::new();
    for label in wanted {
        let by_truth = all.iter().find(|name| name.len() > 1 && truth(label).is_some() && truth(name) == truth(label));
        let name = canonical(label).or(by_truth.cloned()).unwrap_or_else(|| label.trim().to_owned());
        if !all.contains(&name) {
            let mut available = if all.is_empty() { "(no trial has a label)".to_owned() } else { list_of_values(&all) };
            if all.iter().any(|name| as_value(name) != *name) {
                available += " (names with commas, quotes or blanks at an end stand in double quotes)";
            }
            return Err(Error::ClassWithoutTrials { class: label.clone(), column: column.into(), available });
        }
        chosen.push(name);
    }
    Ok(all.into_iter().filter(|name| chosen.contains(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NamedColumn;

    fn table(name: &str, values: Column) -> TrialTable {
        let n_trials = values.len();
        let column = NamedColumn { name: name.into(), description: String::new(), values };
        TrialTable {
            start_s: vec![0.0; n_trials],
            stop_s: vec![1.0; n_trials],
            columns: vec![column],
            unreadable: Vec::new(),
        }
    }

    fn read(trials: &TrialTable, column: Option<&str>, wanted: Option<&[String]>) -> Result<(Classes, Labels), Error> {
        let labels = [Labels::read(trials, column, None)?];
        let classes = Classes::of(&labels, |_, _| true, wanted)?;
        let [labels] = labels;
        Ok((classes, labels))
    }

    #[test]
    fn numbers_are_sorted_as_numbers_and_shown_short() {
        let trials = table("direction", Column::Real(vec![10.0, 8.0, 22.5, -0.0, f64::NAN, 0.0]));
        let (classes, labels) = read(&trials, None, None).unwrap();
        assert_eq!(classes.names, ["0", "8", "10", "22.5"]);
        let index = |label: &Option<String>| label.as_ref().and_then(|label| classes.index(label));
        let of_trial: Vec<_> = labels.of_trial.iter().map(index).collect();
        assert_eq!(of_trial, [Some(2), Some(1), Some(3), Some(0), None, Some(0)]);
        assert_eq!(trials.column("direction").unwrap().labels(), classes.names);
    }

    #[test]
    fn very_small_and_large_numbers_have_an_exponent() {
        let trials = table("x", Column::Real(vec![-1.5e-14, 0.5, 5e-324, 1e300, 0.0]));
        assert_eq!(trials.column("x").unwrap().labels(), ["-1.5e-14", "0", "5e-324", "0.5", "1e300"]);
        let wanted = ["1e300", "0.5"].map(str::to_owned);
        assert_eq!(read(&trials, Some("x"), Some(&wanted)).unwrap().0.names, ["0.5", "1e300"]);
    }

    #[test]
    fn true_and_false_choose_one_and_zero() {
        let trials = table("moved", Column::Integer(vec![0, 1, 2]));
        let wanted = ["True", "false"].map(str::to_owned);
        assert_eq!(read(&trials, Some("moved"), Some(&wanted)).unwrap().0.names, ["0", "1"]);
    }

    #[test]
    fn text_that_says_missing_is_missing() {
        let words = ["left", "NA", "nan", "", " ", "null", "N/A", "right"];
        let trials = table("side", Column::Text(words.map(str::to_owned).to_vec()));
        let (classes, labels) = read(&trials, Some("side"), None).unwrap();
        assert_eq!(classes.names, ["left", "right"]);
        assert_eq!(labels.of_trial.iter().flatten().count(), 2);
    }

    #[test]
    fn words_and_marks_of_common_tools_are_missing() {
        let labels = |words: &[&str]| Column::Text(words.iter().map(|&word| word.to_owned()).collect()).labels();
        assert_eq!(labels(&["left", "None", "#N/A", "NULL", "-", "right"]), ["left", "right"]);
        assert_eq!(labels(&["left", "<NA>", "NaT", "nil", "-nan", "1.#QNAN", "-1.#IND", "#N/A N/A"]), ["left"]);
        assert_eq!(labels(&["left", "--", "90", "unknown"]), ["90", "left", "unknown"]);
        assert_eq!(labels(&["left", "?", "90"]), ["90", "left"]);
        assert_eq!(labels(&["+", "-"]), ["+", "-"]);
        assert_eq!(labels(&["-", ".", "left"]), ["-", ".", "left"]);
        assert_eq!(labels(&["missing", "undefined"]), ["missing", "undefined"]);
    }

    #[test]
    fn truth_values_in_any_spelling_are_two_classes() {
        let text = |words: &[&str]| Column::Text(words.iter().map(|&word| word.to_owned()).collect());
        let mixed = text(&["TRUE", "true", "False", "1", "0", "NA"]);
        assert_eq!(mixed.labels(), ["false", "true"]);
        let trials = table("ok", mixed);
        let wanted = ["TRUE", "false"].map(str::to_owned);
        assert_eq!(read(&trials, Some("ok"), Some(&wanted)).unwrap().0.names, ["false", "true"]);
        assert_eq!(text(&["TRUE", "true", "maybe"]).labels(), ["TRUE", "maybe", "true"]);
        assert_eq!(text(&["1", "0"]).labels(), ["0", "1"]);
    }

    #[test]
    fn an_unreadable_label_column_is_not_replaced_by_another() {
        let mut trials = table("direction", Column::Integer(vec![0, 1]));
        let unreadable = |name: &str| vec![Unreadable { name: name.into(), reason: "dangling link".into() }];
        trials.unreadable = unreadable("target_dir");
        let message = read(&trials, None, None).err().unwrap().to_string();
        assert!(message.contains("`target_dir`") && message.contains("dangling link"), "{message}");
        assert_eq!(default_label_column(&trials), None);
        assert!(read(&trials, Some("direction"), None).is_ok());
        // One that would come later stands in nobody's place.
        trials.unreadable = unreadable("angle");
        assert!(read(&trials, None, None).is_ok());
    }

    #[test]
    fn wanted_classes_compare_as_numbers_and_keep_the_numeric_order() {
        let trials = table("direction", Column::Integer(vec![1, 10, 2]));
        let wanted = ["10.0".to_owned(), "2".to_owned(), "2".to_owned()];
        let (classes, _) = read(&trials, Some("direction"), Some(&wanted)).unwrap();
        assert_eq!(classes.names, ["2", "10"]);
        assert_eq!((classes.index("1"), classes.index("10")), (None, Some(1)));
    }

    #[test]
    fn a_class_without_trials_is_answered_with_the_known_labels() {
        let trials = table("side", Column::Text(vec!["left".into(), "right".into()]));
        let message = read(&trials, Some("side"), Some(&["up".to_owned()])).err().unwrap().to_string();
        assert!(message.contains("`up`") && message.ends_with("left, right"), "{message}");
        let trials = table("side", Column::Text(vec!["up, far".into(), "a \"b\"".into(), "left".into()]));
        let message = read(&trials, Some("side"), Some(&["up".to_owned()])).err().unwrap().to_string();
        assert!(message.contains(r#""a ""b""", left, "up, far" (names with commas"#), "{message}");
    }

    #[test]
    fn one_class_is_refused() {
        let trials = table("side", Column::Text(vec!["left".into(), "left".into(), String::new()]));
        assert!(matches!(read(&trials, Some("side"), None), Err(Error::TooFewClasses { n_classes: 1, .. })));
    }

    #[test]
    fn no_usual_name_is_answered_with_the_columns() {
        let trials = table("reward", Column::Integer(vec![0, 1]));
        let message = read(&trials, None, None).err().unwrap().to_string();
        assert!(message.contains("reward"), "{message}");
    }

    #[test]
    fn a_vector_is_labelled_by_its_direction() {
        let trials = table("target_pos", Column::Vector(vec![[0.0, 7.0], [7.0, 0.0], [0.0, 0.0], [-7.0, 0.0]]));
        let (classes, labels) = read(&trials, Some("target_pos"), None).unwrap();
        assert_eq!(classes.names, ["0", "90", "180"]);
        assert_eq!(labels.of_trial[2], None);
        let angles = classes.angles.unwrap();
        assert_eq!((angles.degrees, angles.source), (vec![0.0, 90.0, 180.0], AngleSource::Vectors));
    }

    #[test]
    fn angles_of_any_kind_are_binned() {
        let n_bins = Some(4);
        for (values, source) in [
            (Column::Real(vec![10.0, 95.5, 181.0, -80.0]), AngleSource::Degrees),
            (Column::Integer(vec![10, 95, 181, -80]), AngleSource::Degrees),
            (Column::Real(vec![0.1, 1.6, 3.2, -1.5]), AngleSource::Radians),
            (Column::Text(["0.1", "1.6", "3.2", "-1.5"].map(str::to_owned).to_vec()), AngleSource::Radians),
            (Column::Vector(vec![[9.0, 1.0], [1.0, 9.0], [-9.0, 1.0], [1.0, -9.0]]), AngleSource::Vectors),
        ] {
            let labels = [Labels::read(&table("angle", values), None, n_bins).unwrap()];
            assert_eq!(labels[0].of_trial.iter().flatten().collect::<Vec<_>>(), ["0", "90", "180", "270"], "{source}");
            assert_eq!(Classes::of(&labels, |_, _| true, None).unwrap().angles.unwrap().source, source);
        }
        let counts = table("angle", Column::Real(vec![0.0, 1e6, 2e6]));
        let refused = Labels::read(&counts, None, n_bins).err().unwrap().to_string();
        assert!(refused.contains("it holds 1000000, which is many turns"), "{refused}");
        let words = table("angle", Column::Text(vec!["up".into()]));
        assert!(matches!(Labels::read(&words, None, n_bins), Err(Error::UnsuitableColumn { .. })));
        let numbers = table("angle", Column::Real(vec![1.0]));
        assert!(matches!(Labels::read(&numbers, None, Some(1)), Err(Error::BadOption { option: "bin_angles", .. })));
    }
}
