//! What the electrodes of a unit say about it: the columns of the table of electrodes, and the electrode groups.

use crate::hdf5::{Group, Member, ReadError, Reader, Values};
use crate::{Column, NamedColumn, Unreadable};

use super::columns::{Columns, Members, read_columns};
use super::tables;

const ELECTRODE_GROUPS: &str = "general/extracellular_ephys";
const ELECTRODES: &str = "general/extracellular_ephys/electrodes";
/// What stands between the values of several electrodes.
pub(crate) const JOIN: &str = "+";
/// The columns of the units that lead there.
const ROWS: &str = "electrodes";
const GROUP: &str = "electrode_group";

/// Adds the columns of the units' electrodes under their names, or as `electrodes.NAME` if the units have one of that name;
/// then the name of their electrode group as `electrode_group`, and its location.
pub(super) fn add_columns(
    reader: &Reader,
    units: &Members,
    n_units: usize,
    columns: &mut Vec<NamedColumn>,
    unreadable: &mut Vec<Unreadable>,
) {
    for (name, read) in [(ROWS, of_electrodes as ReadColumns), (GROUP, of_groups)] {
        match read(reader, units, n_units) {
            Ok((found, found_unreadable)) => {
                let own: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
                let name = |column: String| if own.contains(&column) { format!("{name}.{column}") } else { column };
                columns.extend(found.into_iter().map(|column| NamedColumn { name: name(column.name), ..column }));
                unreadable.extend(
                    found_unreadable.into_iter().map(|column| Unreadable { name: name(column.name), ..column }),
                );
            }
            Err(error) => unreadable.push(Unreadable { name: name.into(), reason: error.to_string() }),
        }
    }
}

type ReadColumns = fn(&Reader, &Members, usize) -> Result<Columns, ReadError>;

/// The columns of the table of electrodes, by unit; none if the units have no electrodes.
fn of_electrodes(reader: &Reader, units: &Members, n_units: usize) -> Result<Columns, ReadError> {
    let Some(rows) = integers(units, ROWS)? else { return Ok(Columns::default()) };
    let table = table_of_electrodes(reader, units)?;
    let members = table.members()?;
    let n_electrodes = integers(&members, "id")?.map_or(0, |ids| ids.len());
    let rows = rows_of_units(&rows, integers(units, "electrodes_index")?, n_units, n_electrodes)?;
    let (mut columns, unreadable) = read_columns(&table, &members, &["id", "group"], n_electrodes)?;
    let has_location = columns.iter().map(|column| &column.name).chain(unreadable.iter().map(|column| &column.name));
    if !has_location.into_iter().any(|name| name == "location")
        && let Some(groups) = group_column(reader, &members, "group", n_electrodes)?
    {
        columns.extend(groups.into_iter().filter(|column| column.name == "location"));
    }
    columns.retain(|column| !matches!(column.values, Column::Vector(_)));
    let by_unit = |column: NamedColumn| NamedColumn { values: gathered(&column.values, &rows), ..column };
    Ok((columns.into_iter().map(by_unit).collect(), unreadable))
}

/// The table that the units' `electrodes` refer to, or else the one in its usual place.
fn table_of_electrodes<'a>(reader: &'a Reader, units: &Members) -> Result<Group<'a>, ReadError> {
    let reference = units.iter().find_map(|(name, member)| match member {
        Member::Dataset(rows) if name == ROWS => rows.reference("table"),
        _ => None,
    });
    let usual = reader.group(ELECTRODES)?;
    if let Some(address) = reference
        && usual.as_ref().is_none_or(|usual| usual.address() != address)
        && let Some(other) = tables::at_address(&reader.root()?, address)?
    {
        return Ok(other);
    }
    usual.ok_or_else(|| ReadError::Unsupported(format!("there is no /{ELECTRODES}")))
}

/// Name and location of the electrode group of each unit; none if the units have no such column.
fn of_groups(reader: &Reader, units: &Members, n_units: usize) -> Result<Columns, ReadError> {
    Ok((group_column(reader, units, GROUP, n_units)?.unwrap_or_default(), Vec::new()))
}

/// The groups that a column of references leads to, as two columns: `electrode_group` and `location`.
fn group_column(
    reader: &Reader,
    members: &Members,
    name: &str,
    n_rows: usize,
) -> Result<Option<Vec<NamedColumn>>, ReadError> {
    let Some((_, member)) = members.iter().find(|(other, _)| other == name) else { return Ok(None) };
    let addresses = match member {
        Member::Dataset(dataset) => dataset.values()?,
        Member::Unreachable(reason) => return Err(ReadError::Unsupported(reason.clone())),
        Member::Group(_) => return Ok(None),
    };
    let column = |name: &str, description: &str, values| NamedColumn {
        name: name.into(),
        description: description.into(),
        values: Column::Text(values),
    };
    let addresses = match addresses {
        Values::Reference(addresses) => addresses,
        Values::Text(names) if names.len() == n_rows => return Ok(Some(vec![column(GROUP, "", names)])),
        _ => return Err(ReadError::Unsupported("not references to electrode groups".into())),
    };
    if addresses.len() != n_rows {
        return Err(ReadError::Unsupported(format!("{} references for {n_rows} rows", addresses.len())));
    }
    let parent = reader.group(ELECTRODE_GROUPS)?;
    let groups = parent.map(|parent| parent.members()).transpose()?.unwrap_or_default();
    let find = |address: u64| {
        groups.iter().find(|(_, member)| matches!(member, Member::Group(group) if group.address() == address))
    };
    let names =
        addresses.iter().map(|&address| find(address).map_or(String::new(), |(name, _)| name.clone())).collect();
    let location = |group: &Group| group.texts("location").unwrap_or_default().concat();
    let locations = addresses.iter().map(|&address| match find(address) {
        Some((_, Member::Group(group))) => location(group),
        _ => String::new(),
    });
    Ok(Some(vec![
        column(GROUP, "name of the electrode group", names),
        column("location", "location of the electrode group", locations.collect()),
    ]))
}

fn integers(members: &Members, name: &str) -> Result<Option<Vec<i64>>, ReadError> {
    match members.iter().find(|(other, _)| other == name) {
        Some((_, Member::Dataset(dataset))) => dataset.integers().map(Some),
        Some((_, Member::Unreachable(reason))) => Err(ReadError::Unsupported(reason.clone())),
        _ => Ok(None),
    }
}

/// The rows of each unit: up to its end in the index, or one each without an index.
fn rows_of_units(
    rows: &[i64],
    ends: Option<Vec<i64>>,
    n_units: usize,
    n_electrodes: usize,
) -> Result<Vec<Vec<usize>>, ReadError> {
    let ends = ends.unwrap_or_else(|| (1..).take(rows.len()).collect());
    if ends.len() != n_units {
        return Err(ReadError::Unsupported(format!("rows for {} of {n_units} units", ends.len())));
    }
    let mut start = 0;
    let mut of_units = Vec::with_capacity(n_units);
    for end in ends {
        let of_unit = usize::try_from(end).ok().and_then(|end| rows.get(start..end));
        let of_unit = of_unit.ok_or_else(|| ReadError::Unsupported(format!("its index has {end} after {start}")))?;
        start += of_unit.len();
        let row = |&row: &i64| usize::try_from(row).ok().filter(|&row| row < n_electrodes).ok_or(row);
        let of_unit = of_unit.iter().map(row).collect::<Result<Vec<usize>, i64>>();
        of_units
            .push(of_unit.map_err(|row| ReadError::Unsupported(format!("row {row} of {n_electrodes} electrodes")))?);
    }
    Ok(of_units)
}

/// The value of each unit's electrodes; several ones are joined as text by [`JOIN`], in their order.
fn gathered(values: &Column, rows: &[Vec<usize>]) -> Column {
    let shown = |row: usize| match values {
        Column::Real(values) => values[row].to_string(),
        Column::Integer(values) => values[row].to_string(),
        Column::Text(values) => values[row].trim().to_owned(),
        Column::Vector(values) => format!("{:?}", values[row]),
    };
    let distinct = |rows: &[usize]| {
        let mut texts: Vec<String> = Vec::new();
        for text in rows.iter().map(|&row| shown(row)) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    };
    let texts: Vec<Vec<String>> = rows.iter().map(|rows| distinct(rows)).collect();
    let is_single = texts.iter().all(|texts| texts.len() <= 1);
    let has_all = texts.iter().all(|texts| texts.len() == 1);
    match values {
        Column::Integer(values) if has_all => Column::Integer(rows.iter().map(|rows| values[rows[0]]).collect()),
        Column::Integer(values) if is_single => {
            Column::Real(rows.iter().map(|rows| rows.first().map_or(f64::NAN, |&row| values[row] as f64)).collect())
        }
        Column::Real(values) if is_single => {
            Column::Real(rows.iter().map(|rows| rows.first().map_or(f64::NAN, |&row| values[row])).collect())
        }
        _ => Column::Text(texts.into_iter().map(|texts| texts.join(JOIN)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_several_electrodes_are_joined() {
        let areas = Column::Text(vec!["M1".into(), "M1".into(), "PMd".into()]);
        let rows = [vec![0, 1], vec![1, 2], vec![], vec![2]];
        assert_eq!(gathered(&areas, &rows), Column::Text(["M1", "M1+PMd", "", "PMd"].map(String::from).to_vec()));
    }

    #[test]
    fn numbers_of_single_electrodes_stay_numbers() {
        let depths = Column::Integer(vec![100, 200]);
        assert_eq!(gathered(&depths, &[vec![1], vec![0]]), Column::Integer(vec![200, 100]));
        let Column::Real(values) = gathered(&depths, &[vec![1], vec![]]) else { panic!("not real") };
        assert!(values[0] == 200.0 && values[1].is_nan());
        assert_eq!(gathered(&depths, &[vec![0, 1]]), Column::Text(vec!["100+200".into()]));
    }

    #[test]
    fn rows_beyond_the_electrodes_are_refused() {
        assert_eq!(rows_of_units(&[0, 1], None, 2, 2), Ok(vec![vec![0], vec![1]]));
        assert_eq!(rows_of_units(&[0, 1], Some(vec![0, 2]), 2, 2), Ok(vec![vec![], vec![0, 1]]));
        for (rows, ends) in
            [(vec![0, 2], None), (vec![0, -1], None), (vec![0], Some(vec![1, 0])), (vec![0], Some(vec![1]))]
        {
            assert!(rows_of_units(&rows, ends, 2, 2).is_err());
        }
    }
}
