//! The kinematics of an event list: `t_ms` and an axis in each further column, a row for each sample.

use std::path::{Path, PathBuf};

use super::read_file;
use super::rows::{Rows, text};
use crate::classes::is_missing;
use crate::series::axis_names;
use crate::{Error, ListedSeries, Series, Times};

const NAME: &str = "kinematics";
const TIME: &str = "t_ms";

/// The file with the kinematics of an event list: `<stem>.kinematics.csv` in the same folder.
pub fn kinematics_path(event_list: impl AsRef<Path>) -> PathBuf {
    event_list.as_ref().with_extension("kinematics.csv")
}

/// The series beside an event list.
pub(crate) fn list(event_list: &Path) -> Result<Vec<ListedSeries>, Error> {
    let exists = kinematics_path(event_list).is_file();
    Ok(exists.then(|| ListedSeries { name: NAME.into(), path: NAME.into() }).into_iter().collect())
}

/// Reads the series beside an event list.
pub(crate) fn open(event_list: &Path) -> Result<Series, Error> {
    let path = kinematics_path(event_list);
    let bytes = read_file(&path)?.ok_or_else(|| Error::NotFound { path: path.clone() })?;
    parse(&path, &bytes)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Series, Error> {
    let bad_series = |cause: &str| Error::BadSeries { path: path.into(), series: NAME.into(), cause: cause.into() };
    let text = text(bytes).map_err(bad_series)?;
    let mut rows = Rows::new(path, text);
    let Some((_, header)) = rows.next()? else { return Err(bad_series("it has no header line `t_ms,x,y`")) };
    let names: Vec<String> = header.iter().map(str::to_owned).collect();
    if names.len() < 2 || names[0] != TIME {
        return Err(bad_series("its header is not `t_ms` and one or more axes, such as `t_ms,x,y`"));
    }
    let mut axes = names[1..].to_vec();
    if axes.iter().any(String::is_empty) {
        axes = axis_names(NAME, axes.len());
    }
    let (mut stamps_s, mut values) = (Vec::new(), Vec::new());
    while let Some((line, fields)) = rows.next()? {
        let bad = |cause: String| Error::BadLine { path: path.into(), line, cause };
        if fields.len() != names.len() {
            return Err(bad(format!("{} fields where the header has {}", fields.len(), names.len())));
        }
        for (place, field) in fields.iter().enumerate() {
            let is_absent = place > 0 && is_missing(field);
            let number = if is_absent { Ok(f64::NAN) } else { field.parse::<f64>() };
            let number = number.map_err(|_| bad(format!("`{field}` is not a number")))?;
            match place {
                0 => stamps_s.push(number / 1e3),
                _ => values.push(number),
            }
        }
    }
    Ok(Series {
        name: NAME.into(),
        path: NAME.into(),
        unit: String::new(),
        description: String::new(),
        axes,
        times: Times::Stamps(stamps_s),
        values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Series, Error> {
        parse(Path::new("session.kinematics.csv"), text.as_bytes())
    }

    #[test]
    fn rows_are_samples_and_empty_cells_missing_values() {
        let series = read("# hand\nt_ms,vx,vy\n0,1.5,-2\n4,,3\n100,1,NaN\n").unwrap();
        assert_eq!(series.axes, ["vx", "vy"]);
        assert_eq!(series.times, Times::Stamps(vec![0.0, 0.004, 0.1]));
        assert_eq!(series.values[..2], [1.5, -2.0]);
        assert!(series.values[2].is_nan() && series.values[3] == 3.0 && series.values[5].is_nan());
    }

    #[test]
    fn what_is_no_kinematics_says_why() {
        for (text, part) in [
            ("", "no header"),
            ("t_ms,channel", "sample"),
            ("time,x\n0,1", "header is not"),
            ("t_ms,x\n0", "1 fields"),
            ("t_ms,x\n0,fast", "line 2: `fast` is not a number"),
        ] {
            let outcome = read(text).and_then(|series| match series.is_empty() {
                true => Err(Error::BadOption { option: "sample", cause: String::new() }),
                false => Ok(series),
            });
            let message = outcome.unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
