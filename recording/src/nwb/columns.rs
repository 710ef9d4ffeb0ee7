//! The columns of a dynamic table that are plain: one value per row, or two numbers.

use crate::hdf5::{Group, Member, ReadError};
use crate::{NamedColumn, Unreadable};

const INDEX_SUFFIX: &str = "_index";

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
    let is_index = |name: &str| name.strip_suffix(INDEX_SUFFIX).is_some_and(has);
    let (mut columns, mut unreadable) = (Vec::new(), Vec::new());
    for name in names.into_iter().filter(|name| !known.contains(&name.as_str()) && !is_index(name)) {
        match read_column(members, &name, n_rows) {
            Ok(column) => columns.push(column),
            Err(reason) => unreadable.push(Unreadable { name, reason }),
        }
    }
    // The rows' numbers belong to no `colnames`; they come first.
    columns.sort_by_key(|column| column.name != "id");
    Ok((columns, unreadable))
}

/// The column of that name; the error says why it cannot be read.
pub(super) fn read_column(members: &Members, name: &str, n_rows: usize) -> Result<NamedColumn, String> {
    if members.iter().any(|(other, _)| other.strip_suffix(INDEX_SUFFIX) == Some(name)) {
        return Err("several values per row".into());
    }
    match members.iter().find(|(other, _)| other == name) {
        Some((_, Member::Dataset(dataset))) => {
            let values = dataset.column(n_rows).map_err(|error| error.to_string())?;
            let description = dataset.text("description").unwrap_or_default();
            Ok(NamedColumn { name: name.into(), description, values })
        }
        Some((_, Member::Unreachable(reason))) => Err(reason.clone()),
        Some((_, Member::Group(_))) => Err("a group".into()),
        None => Err("in `colnames`, but not in the file".into()),
    }
}

/// The numbers of a column of times; none if there is no such column.
pub(super) fn times(members: &Members, name: &str) -> Option<Result<Vec<f64>, ReadError>> {
    match members.iter().find(|(other, _)| other == name)? {
        (_, Member::Dataset(dataset)) => Some(dataset.reals()),
        (_, Member::Unreachable(reason)) => Some(Err(ReadError::Unsupported(reason.clone()))),
        (_, Member::Group(_)) => None,
    }
}
