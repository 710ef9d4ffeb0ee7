//! The columns of a dynamic table that are plain: one value per row, or two numbers.

use std::collections::HashSet;

use crate::hdf5::{Dataset, Group, Member, ReadError, Values};
use crate::sanity::event_columns;
use crate::session::is_countable_time;
use crate::table::ID;
use crate::{Column, NamedColumn, TrialTable, Unreadable};

const INDEX_SUFFIX: &str = "_index";
/// A column of integers that stand for names, and how the column with the names is called.
const ENUM: &str = "EnumData";
const ELEMENTS_SUFFIX: &str = "_elements";

/// A table's columns, and those that cannot be read.
pub(super) type Columns = (Vec<NamedColumn>, Vec<Unreadable>);

/// The members of a table, by name.
pub(super) type Members<'a> = [(String, Member<'a>)];

/// The columns except `known`: those of `colnames` first and in its order.
pub(super) fn read_columns(
    table: &Group,
    members: &Members,
    known: &[&str],
    n_rows: usize,
) -> Result<Columns, ReadError> {
    let has = |name: &str| members.iter().any(|(other, _)| other == name);
    let colnames = table.texts("colnames")?;
    let further =
        members.iter().filter(|(name, member)| !colnames.contains(name) && !matches!(member, Member::Group(_)));
    let names: Vec<String> = colnames.iter().cloned().chain(further.map(|(name, _)| name.clone())).collect();
    let is_index =
        |name: &str| [INDEX_SUFFIX, ELEMENTS_SUFFIX].iter().any(|end| name.strip_suffix(end).is_some_and(has));
    let (mut columns, mut unreadable, mut once) = (Vec::new(), Vec::new(), HashSet::new());
    let names = names.into_iter().filter(|name| once.insert(name.clone()));
    for name in names.filter(|name| !known.contains(&name.as_str()) && !is_index(name)) {
        match read_column(members, &name, n_rows) {
            Ok(column) => columns.push(column),
            Err(reason) => unreadable.push(Unreadable { name, reason }),
        }
    }
    // The rows' numbers belong to no `colnames`; they come first.
    columns.sort_by_key(|column| column.name != ID);
    Ok((columns, unreadable))
}

/// The column of that name; the error says why it cannot be read.
pub(super) fn read_column(members: &Members, name: &str, n_rows: usize) -> Result<NamedColumn, String> {
    let index = members.iter().find(|(other, _)| other.strip_suffix(INDEX_SUFFIX) == Some(name));
    if index.is_some_and(|(_, index)| !is_one_per_row(index, n_rows)) {
        return Err("several values per row".into());
    }
    match members.iter().find(|(other, _)| other == name) {
        Some((_, Member::Dataset(dataset))) => {
            let mut values = dataset.column(n_rows).map_err(|error| error.to_string())?;
            if let Some(names) = enum_names(members, dataset)? {
                values = named(&values, &names)?;
            }
            let description = dataset.text("description").unwrap_or_default();
            Ok(NamedColumn { name: name.into(), description, values })
        }
        Some((_, Member::Unreachable(reason))) => Err(reason.clone()),
        Some((_, Member::Group(_))) => Err("a group".into()),
        None => Err("in `colnames`, but not in the file".into()),
    }
}

/// Whether an index ends every row after one value more.
fn is_one_per_row(index: &Member, n_rows: usize) -> bool {
    let Member::Dataset(index) = index else { return false };
    index.integers().is_ok_and(|ends| ends.into_iter().eq((1..).take(n_rows)))
}

/// The names that the values of an `EnumData` stand for; none if it is no such column.
fn enum_names(members: &Members, dataset: &Dataset) -> Result<Option<Vec<String>>, String> {
    if dataset.text("neurodata_type").unwrap_or_default() != ENUM {
        return Ok(None);
    }
    let elements = dataset.reference("elements");
    let names = members.iter().find_map(|(_, member)| match member {
        Member::Dataset(other) if Some(other.address()) == elements => Some(other.values()),
        _ => None,
    });
    match names {
        Some(Ok(Values::Text(names))) => Ok(Some(names)),
        Some(Err(error)) => Err(error.to_string()),
        _ => Err("the names of its values are not in the table".into()),
    }
}

fn named(values: &Column, names: &[String]) -> Result<Column, String> {
    let Column::Integer(values) = values else { return Err("its values are no integers".into()) };
    let name = |&value: &i64| {
        let name = usize::try_from(value).ok().and_then(|value| names.get(value));
        name.cloned().ok_or_else(|| format!("the value {value} has none of its {} names", names.len()))
    };
    values.iter().map(name).collect::<Result<_, _>>().map(Column::Text)
}

/// A warning if the numbers of a column of times, `per_s` of them a second, are too coarse for windows of spikes.
pub(super) fn coarse_times(dataset: &Dataset, times: &[f64], per_s: f64) -> Option<String> {
    const MOST_S: f64 = 1e-3;
    // Others are no times.
    let countable = times.iter().filter(|&&time| is_countable_time(time / per_s));
    let latest = countable.map(|time| time.abs()).fold(0.0, f64::max);
    let (latest_s, spacing_s) = (latest / per_s, dataset.spacing(latest)? / per_s);
    (spacing_s > MOST_S).then(|| {
        format!(
            "/{} is stored in so few bits that times near {latest_s:.0} s are {:.1} ms apart; export it as 64-bit floats",
            dataset.path(),
            1e3 * spacing_s
        )
    })
}

/// Warnings of the events of trials whose times are coarse.
pub(super) fn coarse_events(members: &Members, trials: &TrialTable) -> Vec<String> {
    let warning = |event: String| match (members.iter().find(|(name, _)| *name == event)?, trials.column(&event).ok()?)
    {
        ((_, Member::Dataset(dataset)), Column::Real(times)) => {
            coarse_times(dataset, times, TrialTable::values_per_s(&event))
        }
        _ => None,
    };
    event_columns(trials).into_iter().filter_map(warning).collect()
}

/// The numbers of a column of times, and a warning if they are coarse.
type Times = (Vec<f64>, Option<String>);

/// The times in the column of that name; none if there is no such column.
pub(super) fn times(members: &Members, name: &str) -> Option<Result<Times, ReadError>> {
    match members.iter().find(|(other, _)| other == name)? {
        (_, Member::Dataset(dataset)) => Some(dataset.decimals().map(|times| {
            let warning = coarse_times(dataset, &times, 1.0);
            (times, warning)
        })),
        (_, Member::Unreachable(reason)) => Some(Err(ReadError::Unsupported(reason.clone()))),
        (_, Member::Group(_)) => None,
    }
}
