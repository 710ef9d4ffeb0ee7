//! Which units and trials of a recording are used: conditions on columns, as `location=M1|PMd,quality!=noise` and `snr>=4`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classes::{is_missing, is_missing_mark, truth};
use crate::label_doubts::plain_spelling;
use crate::nwb::JOIN;
use crate::table::{ID, describe_columns};
use crate::{Column, Error, NamedColumn, Recording, Unreadable};

/// Which units and trials to use.
///
/// A condition is a column, an operator and a value; conditions are joined by commas, and all must hold. `=` and `!=` compare
/// with the value as it is shown (numbers as numbers, so `4` is `4.0`; `true` and `false`, in any case, are 1 and 0), and take several values
/// joined by `|`: `=` is one of them, `!=` none of them. `>=`, `<=`, `>` and `<` compare numbers. Blanks around columns and values
/// do not count; a value in double quotes is taken as it is, with commas and bars, and a double quote in it is written twice.
///
/// A missing value (NaN, infinite, empty text, `NA`) meets no condition but `!=`, so `quality!=noise` keeps units without a
/// quality. `column=` without a value is met by missing values, `column!=` by the others.
///
/// Conditions on trials may also name `start_time` and `stop_time`, in seconds, and `id`, which is the row from 0 unless the file has
/// other ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Conditions on the columns of the units; by default all units.
    pub units: Option<String>,
    /// Conditions on the columns of the trials; by default all trials.
    pub trials: Option<String>,
}

/// The rows that a [`Selection`] chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Rows of the units, ascending; never empty if the recording has units.
    pub units: Vec<usize>,
    /// Rows of the trials, ascending; never empty if the recording has trials.
    pub trials: Vec<usize>,
    /// What a person may not expect of the conditions: values that no row has, and rows without a value that `!=` keeps.
    pub warnings: Vec<String>,
}

/// What the table of units is called.
const UNITS: &str = "units";
/// The most values of a column that a message lists.
const VALUES_SHOWN: usize = 12;

impl Selection {
    /// The units and trials of a recording that meet the conditions.
    ///
    /// # Errors
    /// [`Error::BadCondition`] for text that is no condition; [`Error::UnknownColumn`]; [`Error::NothingChosen`], which lists the
    /// columns' values.
    pub fn choose(&self, recording: &Recording) -> Result<Chosen, Error> {
        let units: Vec<&NamedColumn> = recording.unit_columns.iter().collect();
        let time = |name: &str, times_s: &[f64]| NamedColumn {
            name: name.into(),
            description: String::new(),
            values: Column::Real(times_s.to_vec()),
        };
        let trials = &recording.trials;
        let mut further = vec![time("start_time", &trials.start_s), time("stop_time", &trials.stop_s)];
        let mut others = trials.column_names().chain(trials.unreadable.iter().map(|column| column.name.as_str()));
        if !others.any(|name| name == ID) {
            let rows = Column::Integer((0..).take(trials.len()).collect());
            further.push(NamedColumn { name: ID.into(), description: String::new(), values: rows });
        }
        let of_trials: Vec<&NamedColumn> = further.iter().chain(&trials.columns).collect();
        let mut warnings = Vec::new();
        Ok(Chosen {
            units: Table { name: UNITS, columns: units, unreadable: &recording.unreadable_units }.rows(
                self.units.as_deref(),
                recording.n_channels(),
                &mut warnings,
            )?,
            trials: Table { name: "trials", columns: of_trials, unreadable: &trials.unreadable }.rows(
                self.trials.as_deref(),
                trials.len(),
                &mut warnings,
            )?,
            warnings,
        })
    }
}

/// A table that conditions are asked of.
struct Table<'a> {
    name: &'static str,
    columns: Vec<&'a NamedColumn>,
    unreadable: &'a [Unreadable],
}

impl Table<'_> {
    /// The rows, of `n`, that meet an expression.
    fn rows(&self, expression: Option<&str>, n: usize, warnings: &mut Vec<String>) -> Result<Vec<usize>, Error> {
        let Some(expression) = expression else { return Ok((0..n).collect()) };
        let bad = |condition: String, cause: String| Error::BadCondition {
            condition,
            cause,
            table: self.name,
            available: self.available(),
        };
        let conditions = parse(expression).map_err(|(condition, cause)| bad(condition, cause))?;
        let mut met: Vec<usize> = (0..n).collect();
        let (mut named, mut counts): (Vec<&NamedColumn>, Vec<String>) = Default::default();
        for condition in &conditions {
            let Some(column) = self.columns.iter().find(|column| column.name == condition.column) else {
                let (column, available) = (condition.column.clone(), self.available());
                return Err(Error::UnknownColumn { table: self.name, column, available });
            };
            let is_met = condition.of(&column.values).map_err(|cause| bad(condition.text.clone(), cause))?;
            met.retain(|&row| is_met[row]);
            let n_met = is_met.iter().filter(|is_met| **is_met).count();
            counts.push(format!("`{}` is met by {n_met}", condition.text));
            if !named.iter().any(|other| other.name == column.name) {
                named.push(column);
            }
        }
        if met.is_empty() && n > 0 {
            let values = named.iter().map(|column| format!("`{}` has {}", column.name, describe(&column.values)));
            // Of several conditions, each may be met.
            counts.retain(|_| conditions.len() > 1);
            let values = counts.into_iter().chain(values).collect::<Vec<_>>().join("; ");
            return Err(Error::NothingChosen { table: self.name, expression: expression.into(), values });
        }
        for condition in &conditions {
            let column = named.iter().find(|column| column.name == condition.column);
            warnings.extend(column.into_iter().flat_map(|column| condition.warnings(&column.values, &met, self.name)));
        }
        Ok(met)
    }

    fn available(&self) -> String {
        describe_columns(self.columns.iter().map(|column| column.name.as_str()), self.unreadable)
    }
}

/// One condition.
#[derive(Debug, PartialEq)]
struct Condition {
    text: String,
    column: String,
    operator: Operator,
    /// Empty text stands for a missing value.
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Is,
    IsNot,
    AtLeast,
    AtMost,
    Above,
    Below,
}

/// Longer operators first, so that `>=` is not read as `>`.
const OPERATORS: [(&str, Operator); 6] = [
    ("!=", Operator::IsNot),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("=", Operator::Is),
    (">", Operator::Above),
    ("<", Operator::Below),
];

/// The conditions of an expression, or the one that is none and why.
fn parse(expression: &str) -> Result<Vec<Condition>, (String, String)> {
    split(expression, ',').into_iter().map(|text| condition(text).map_err(|cause| (text.to_owned(), cause))).collect()
}

/// The values of a list, written as in a condition: between commas, those with commas or blanks around them in double quotes.
///
/// # Errors
/// Quotes that are not around a value.
pub fn values_of_list(text: &str) -> Result<Vec<String>, String> {
    split(text, ',').into_iter().map(unquoted).collect()
}

/// A value as it is written in a list or a condition: in double quotes, if it has commas, bars or quotes, or blanks at an end.
#[must_use]
pub fn as_value(text: &str) -> String {
    let is_plain = !text.contains([',', '|', '"']) && text.trim() == text && !text.is_empty();
    if is_plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// Values as a list of them is written.
pub(crate) fn list_of_values(values: &[String]) -> String {
    values.iter().map(|value| as_value(value)).collect::<Vec<_>>().join(", ")
}

fn condition(text: &str) -> Result<Condition, String> {
    let text = text.trim();
    let mut is_quoted = false;
    let found = text.char_indices().find_map(|(at, letter)| {
        is_quoted ^= letter == '"';
        let operator = OPERATORS.into_iter().find(|(sign, _)| !is_quoted && text[at..].starts_with(sign));
        operator.map(|(sign, operator)| (&text[..at], operator, &text[at + sign.len()..]))
    });
    let Some((column, operator, values)) = found else { return Err("it has no operator".into()) };
    let column = unquoted(column)?;
    if column.is_empty() {
        return Err("it names no column".into());
    }
    // `==` is what many languages write.
    let values = if operator == Operator::Is { values.strip_prefix('=').unwrap_or(values) } else { values };
    if operator == Operator::Is && values.starts_with(['>', '<']) {
        return Err(format!("`={}` is no operator; write `{}=`", &values[..1], &values[..1]));
    }
    if operator == Operator::Below && values.starts_with('>') {
        return Err("`<>` is no operator; write `!=`".into());
    }
    let values = split(values, '|').into_iter().map(unquoted).collect::<Result<Vec<_>, _>>()?;
    let compares = !matches!(operator, Operator::Is | Operator::IsNot);
    if compares && !matches!(&values[..], [number] if number.parse::<f64>().is_ok_and(|number| !number.is_nan())) {
        return Err("it compares with something that is not one number".into());
    }
    Ok(Condition { text: text.into(), column, operator, values })
}

/// The parts between separators that are not in double quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(|letter: char| {
        is_quoted ^= letter == '"';
        letter == separator && !is_quoted
    })
    .collect()
}

/// Text without the blanks around it, or without its quotes.
fn unquoted(text: &str) -> Result<String, String> {
    const QUOTE: &str = "\"";
    const TWICE: &str = "\"\"";
    let text = text.trim();
    if text.len() > 1 && text.starts_with('\'') && text.ends_with('\'') {
        return Err("single quotes are part of a value; leave them out, or use double quotes".into());
    }
    if !text.contains(QUOTE) {
        return Ok(text.into());
    }
    let inner = text.strip_prefix(QUOTE).and_then(|text| text.strip_suffix(QUOTE));
    let inner = inner.filter(|inner| !inner.replace(TWICE, "").contains(QUOTE));
    inner
        .map(|inner| inner.replace(TWICE, QUOTE))
        .ok_or_else(|| "a double quote must stand at both ends of a value; within it, write it twice".into())
}

impl Condition {
    /// Whether each row meets it.
    fn of(&self, column: &Column) -> Result<Vec<bool>, String> {
        if matches!(column, Column::Vector(_)) {
            return Err(format!("`{}` holds pairs of numbers, which are compared with nothing", self.column));
        }
        let shown = column.labels_of_rows();
        Ok(match self.operator {
            Operator::Is => shown.iter().map(|shown| self.names(column, shown.as_deref())).collect(),
            Operator::IsNot => shown.iter().map(|shown| !self.names(column, shown.as_deref())).collect(),
            _ => {
                let numbers: Vec<Option<f64>> = shown.iter().map(|shown| shown.as_ref()?.parse().ok()).collect();
                if numbers.iter().all(Option::is_none) && shown.iter().any(Option::is_some) {
                    return Err(format!("`{}` holds text, and this operator compares numbers", self.column));
                }
                let limit = self.values[0].parse().unwrap_or(f64::NAN);
                let is_met = |number: f64| match self.operator {
                    Operator::AtLeast => number >= limit,
                    Operator::AtMost => number <= limit,
                    Operator::Above => number > limit,
                    _ => number < limit,
                };
                numbers.into_iter().map(|number| number.is_some_and(is_met)).collect()
            }
        })
    }

    /// Whether a value, as it is shown, is one of those of the condition.
    fn names(&self, column: &Column, shown: Option<&str>) -> bool {
        self.values.iter().any(|value| is_named(value, column, shown))
    }

    /// What a person may not expect of it: values that no row has, rows without a value that `!=` keeps, and several values in one.
    fn warnings(&self, column: &Column, met: &[usize], table: &str) -> Vec<String> {
        if !matches!(self.operator, Operator::Is | Operator::IsNot) {
            return Vec::new();
        }
        let shown = column.labels_of_rows();
        let is_unknown = |value: &&String| {
            !is_missing(value) && !shown.iter().any(|shown| is_named(value, column, shown.as_deref()))
        };
        let unknown: Vec<String> = self.values.iter().filter(is_unknown).map(|value| format!("`{value}`")).collect();
        let n_missing = met.iter().filter(|&&row| shown[row].is_none()).count();
        let mut warnings = Vec::new();
        if !unknown.is_empty() {
            let has = describe(column);
            warnings.push(format!(
                "`{}`: none of the {table} has {}; they have {has}",
                self.text,
                unknown.join(" or ")
            ));
        }
        if self.operator == Operator::IsNot && n_missing > 0 {
            let column = &self.column;
            warnings.push(format!(
                "`{}` keeps {table} without a value ({n_missing}); `{column}!=` leaves them out",
                self.text
            ));
        }
        warnings.extend(self.warning_of_spellings(column, &shown));
        if table == UNITS {
            warnings.extend(self.warning_of_joined(column, &shown));
        }
        warnings
    }

    /// Values that it does not name, but that are one of its values in another spelling.
    fn warning_of_spellings(&self, column: &Column, shown: &[Option<String>]) -> Option<String> {
        let Column::Text(_) = column else { return None };
        let is_known = |value: &&String| shown.iter().any(|shown| is_named(value, column, shown.as_deref()));
        let named: Vec<String> = self.values.iter().filter(is_known).map(|value| plain_spelling(value)).collect();
        let is_spelled_otherwise =
            |shown: &&String| named.contains(&plain_spelling(shown)) && !self.names(column, Some(shown.as_str()));
        let counts = counted(shown.iter().flatten().filter(is_spelled_otherwise));
        let does = if self.operator == Operator::Is { "leaves out" } else { "keeps" };
        (!counts.is_empty()).then(|| {
            format!(
                "`{}` {does} what may be the same in another spelling: {counts}; if it is, name these values too",
                self.text
            )
        })
    }

    /// Units with the values of several electrodes, of which it names one.
    fn warning_of_joined(&self, column: &Column, shown: &[Option<String>]) -> Option<String> {
        let is_joined = |shown: &&String| {
            let mut parts = shown.split(JOIN);
            !self.names(column, Some(shown.as_str()))
                && parts.clone().count() > 1
                && parts.any(|part| self.names(column, Some(part)))
        };
        let counts = counted(shown.iter().flatten().filter(is_joined));
        let (does, other) = match self.operator {
            Operator::Is => ("leaves out", "to take them"),
            _ => ("keeps", "to leave them out"),
        };
        (!counts.is_empty()).then(|| {
            format!(
                "`{}` {does} units with several values of which it names one: {counts}; {other}, name these values too",
                self.text
            )
        })
    }
}

/// Values with their counts, as one line.
fn counted<'a>(values: impl Iterator<Item = &'a String>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let shown: Vec<String> = counts.iter().take(VALUES_SHOWN).map(|(value, n)| format!("{value} ({n})")).collect();
    let more = if counts.len() > VALUES_SHOWN { ", ..." } else { "" };
    shown.join(", ") + more
}

/// Whether a value of a condition is that of a row, as it is shown.
fn is_named(value: &str, column: &Column, shown: Option<&str>) -> bool {
    let Some(shown) = shown else { return is_missing(value) || is_missing_mark(value) };
    if matches!(column, Column::Text(_)) {
        return value == shown || (shown.len() > 1 && truth(value).is_some() && truth(value) == truth(shown));
    }
    let number = match truth(value) {
        Some(is_true) => Some(f64::from(u8::from(is_true))),
        None => value.parse().ok(),
    };
    number.is_some_and(|number| shown.parse() == Ok(number))
}

/// The values of a column for a message: with their counts, or the range of many numbers.
fn describe(column: &Column) -> String {
    let shown = column.labels_of_rows();
    let n_missing = shown.iter().filter(|shown| shown.is_none()).count();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    shown.iter().flatten().for_each(|shown| *counts.entry(shown).or_default() += 1);
    let mut parts: Vec<String> = Vec::new();
    if counts.len() <= VALUES_SHOWN {
        let names = column.labels();
        parts.extend(names.iter().map(|name| format!("{name} ({})", counts.get(name.as_str()).unwrap_or(&0))));
    } else {
        let numbers: Vec<f64> = counts.keys().filter_map(|shown| shown.parse().ok()).collect();
        let is_number = numbers.len() == counts.len();
        let (low, high) = numbers
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &number| (low.min(number), high.max(number)));
        parts.push(match is_number {
            true => format!("{} different values from {low} to {high}", counts.len()),
            false => {
                let first: Vec<&str> = counts.keys().take(VALUES_SHOWN).copied().collect();
                format!("{} different values, as {}", counts.len(), first.join(", "))
            }
        });
    }
    if n_missing > 0 {
        parts.push(format!("missing ({n_missing})"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(expression: &str, column: &Column) -> Result<Vec<bool>, String> {
        let conditions = parse(expression).map_err(|(_, cause)| cause)?;
        assert_eq!(conditions.len(), 1, "{conditions:?}");
        conditions[0].of(column)
    }

    fn texts(values: &[&str]) -> Column {
        Column::Text(values.iter().map(|&value| value.to_owned()).collect())
    }

    #[test]
    fn a_list_has_values_with_commas_in_quotes() {
        assert_eq!(values_of_list(r#"left,"up, far" ,"say ""go""""#).unwrap(), ["left", "up, far", r#"say "go""#]);
        assert!(values_of_list("left,\"up").unwrap_err().contains("both ends"));
        let values = ["left", "up, far", r#"say "go""#, " a", "M1|PMd"].map(str::to_owned);
        assert_eq!(values_of_list(&list_of_values(&values)).unwrap(), values);
        assert_eq!(as_value("left up"), "left up");
    }

    #[test]
    fn text_compares_as_it_is_shown() {
        let column = texts(&["M1", "PMd ", "", "M1, left"]);
        for (expression, expected) in [
            ("a=M1", [true, false, false, false]),
            ("a = M1|PMd", [true, true, false, false]),
            ("a==M1", [true, false, false, false]),
            ("a!=M1", [false, true, true, true]),
            ("a!=M1|PMd", [false, false, true, true]),
            ("a=", [false, false, true, false]),
            ("a!=", [true, true, false, true]),
            ("a=\"M1, left\"", [false, false, false, true]),
            ("a=\"M1\"|\"PMd\"", [true, true, false, false]),
            ("\"a\"=m1", [false; 4]),
        ] {
            assert_eq!(met(expression, &column).unwrap(), expected, "{expression}");
        }
    }

    #[test]
    fn numbers_compare_as_numbers_and_missing_ones_with_nothing() {
        let column = Column::Real(vec![4.0, 3.5, f64::NAN, -1.0]);
        for (expression, expected) in [
            ("a=4.00", [true, false, false, false]),
            ("a!=4", [false, true, true, true]),
            ("a>=3.5", [true, true, false, false]),
            ("a>3.5", [true, false, false, false]),
            ("a<=-1", [false, false, false, true]),
            ("a<0", [false, false, false, true]),
            ("a=", [false, false, true, false]),
            ("a=nan", [false, false, true, false]),
            ("a=four", [false; 4]),
        ] {
            assert_eq!(met(expression, &column).unwrap(), expected, "{expression}");
        }
        let booleans = Column::Integer(vec![1, 0]);
        assert_eq!(met("a=false", &booleans).unwrap(), [false, true]);
        assert_eq!(met("a!=False", &booleans).unwrap(), [true, false]);
        assert_eq!(met("a=TRUE", &texts(&["True", "false"])).unwrap(), [true, false]);
        assert_eq!(met("a>=90", &texts(&["90", "-", "8"])).unwrap(), [true, false, false]);
    }

    #[test]
    fn text_that_is_no_condition_says_why() {
        for (expression, part) in [
            ("M1", "no operator"),
            ("", "no operator"),
            ("=M1", "no column"),
            ("a>=", "one number"),
            ("a>=1|2", "one number"),
            ("a>nan", "one number"),
            ("a=>4", "write `>=`"),
            ("a<>M1", "write `!=`"),
            ("a='M1'", "single quotes"),
            ("a=\"M1", "double quote"),
            ("a=x\"M1\"", "double quote"),
            ("a=\"M\"1\"", "write it twice"),
            ("a=\"\"\"", "double quote"),
        ] {
            let (_, cause) = parse(expression).unwrap_err();
            assert!(cause.contains(part), "{expression}: {cause}");
        }
        assert!(met("a>1", &texts(&["M1"])).unwrap_err().contains("text"));
        assert!(met("a=1", &Column::Vector(vec![[0.0, 1.0]])).unwrap_err().contains("pairs"));
        assert_eq!(parse("a=1,b!=2|3, c<4").unwrap().len(), 3);
    }

    #[test]
    fn what_is_in_quotes_is_taken_as_it_is() {
        let quoted = texts(&["say \"hi\"", "\"", "a>=b"]);
        assert_eq!(met("a=\"say \"\"hi\"\"\"", &quoted).unwrap(), [true, false, false]);
        assert_eq!(met("a=\"\"\"\"|\"a>=b\"", &quoted).unwrap(), [false, true, true]);
        assert_eq!(condition("\"a=b|c\"=1").unwrap().column, "a=b|c");
    }

    #[test]
    fn values_are_described_with_their_counts() {
        assert_eq!(describe(&texts(&["b", "a", "b", ""])), "a (1), b (2), missing (1)");
        let many = Column::Real((0..20).map(|number| f64::from(number) / 2.0).collect());
        assert_eq!(describe(&many), "20 different values from 0 to 9.5");
    }
}
