//! The tables of units and of intervals in a file, wherever they are.

use std::collections::{HashSet, VecDeque};

use crate::hdf5::{Group, Member, ReadError};

/// How deep tables are looked for; NWB puts none deeper.
const DEPTH_MAX: usize = 5;
/// How many groups are looked into.
const GROUPS_MAX: usize = 4096;

/// Paths of tables without the leading slash, those nearer to the root first.
#[derive(Default)]
pub(super) struct Found {
    pub(super) units: Vec<String>,
    pub(super) intervals: Vec<String>,
}

/// Looks for tables by their `neurodata_type`, or by the columns that only they have.
pub(super) fn find(root: &Group) -> Result<Found, ReadError> {
    let mut found = Found::default();
    walk(root, |group, members| {
        let has = |columns: [&str; 2]| columns.iter().all(|column| members.iter().any(|(name, _)| name == column));
        let kind = group.texts("neurodata_type").unwrap_or_default();
        if kind == ["Units"] || has(["spike_times", "spike_times_index"]) {
            found.units.push(group.path().to_owned());
        } else if kind == ["TimeIntervals"] || has(["start_time", "stop_time"]) {
            found.intervals.push(group.path().to_owned());
        } else {
            return true;
        }
        false
    })?;
    Ok(found)
}

/// The table with an `id` at that address of the file.
pub(super) fn at_address<'a>(root: &Group<'a>, address: u64) -> Result<Option<Group<'a>>, ReadError> {
    let mut found = None;
    walk(root, |group, members| {
        if group.address() == address && members.iter().any(|(name, _)| name == "id") {
            found = Some(group.clone());
        }
        found.is_none()
    })?;
    Ok(found)
}

/// Visits groups from the root on, with their members; those below are visited if it returns true.
pub(super) fn walk<'a>(
    root: &Group<'a>,
    mut visit: impl FnMut(&Group<'a>, &[(String, Member<'a>)]) -> bool,
) -> Result<(), ReadError> {
    let mut seen = HashSet::from([root.address()]);
    let mut queue = VecDeque::from([(root.clone(), 0)]);
    while let Some((group, depth)) = queue.pop_front() {
        let members = match group.members() {
            Ok(members) => members,
            Err(error) if depth == 0 => return Err(error),
            Err(_) => continue,
        };
        if visit(&group, &members) && depth < DEPTH_MAX {
            for (_, member) in members {
                if let Member::Group(child) = member
                    && seen.len() < GROUPS_MAX
                    && seen.insert(child.address())
                {
                    queue.push_back((child, depth + 1));
                }
            }
        }
    }
    Ok(())
}
