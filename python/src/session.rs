//! Recordings.

use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use recording::{Column, Format, NamedColumn, Recording, Tables, TrialTable, write_nwb};

use crate::errors::{recording as refused, type_of, value};

/// A recorded session.
#[pyclass(frozen, module = "motorsrnn._motorsrnn")]
pub struct RecordingData {
    pub recording: Recording,
    pub tables: Tables,
}

#[pymethods]
impl RecordingData {
    /// Opens a file.
    #[staticmethod]
    #[pyo3(signature = (path, units_table=None, trials_table=None))]
    fn open(py: Python<'_>, path: &str, units_table: Option<String>, trials_table: Option<String>) -> PyResult<Self> {
        let tables = Tables { units: units_table, trials: trials_table };
        let mut recording = py.detach(|| Recording::open_with(path, &tables)).map_err(|error| refused(&error))?;
        if recording.format == Format::EventList && tables != Tables::default() {
            return Err(value(format_args!(
                "{path}: an event list has no tables; leave units_table and trials_table out"
            )));
        }
        let doubts = recording.doubts();
        recording.warnings.extend(doubts);
        Ok(Self { recording, tables })
    }

    /// A session of spike times, seconds, ascending, and of trials; columns are pairs of a name and an array.
    #[staticmethod]
    fn from_spikes(
        py: Python<'_>,
        name: String,
        units: Vec<PyReadonlyArray1<'_, f64>>,
        unit_columns: Vec<(String, Bound<'_, PyAny>)>,
        start_s: Vec<f64>,
        stop_s: Vec<f64>,
        columns: Vec<(String, Bound<'_, PyAny>)>,
    ) -> PyResult<Self> {
        let units: Vec<Vec<f64>> = units.iter().map(|unit| unit.as_array().to_vec()).collect();
        let named = |columns: Vec<(String, Bound<'_, PyAny>)>, n_rows: usize| -> PyResult<Vec<NamedColumn>> {
            columns.into_iter().map(|(name, values)| named_column(name, &values, n_rows)).collect()
        };
        let unit_columns = named(unit_columns, units.len())?;
        let columns = named(columns, start_s.len())?;
        if start_s.len() != stop_s.len() {
            return Err(value(format_args!("{} trials start and {} stop", start_s.len(), stop_s.len())));
        }
        let trials = TrialTable { start_s, stop_s, columns, unreadable: Vec::new() };
        let mut recording = py
            .detach(|| Recording::generated(name, String::new(), units, unit_columns, trials))
            .map_err(|error| refused(&error))?;
        let doubts = recording.doubts();
        recording.warnings.extend(doubts);
        Ok(Self { recording, tables: Tables::default() })
    }

    #[getter]
    fn name(&self) -> &str {
        &self.recording.name
    }

    #[getter]
    fn path(&self) -> String {
        self.recording.path.display().to_string()
    }

    #[getter]
    fn is_file(&self) -> bool {
        self.recording.format != Format::Generated
    }

    #[getter]
    fn sha256(&self) -> &str {
        &self.recording.sha256
    }

    #[getter]
    fn description(&self) -> &str {
        &self.recording.description
    }

    #[getter]
    fn n_spikes(&self) -> usize {
        self.recording.n_spikes()
    }

    #[getter]
    fn n_units(&self) -> usize {
        self.recording.n_channels()
    }

    #[getter]
    fn n_trials(&self) -> usize {
        self.recording.trials.len()
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.recording.warnings.clone()
    }

    /// Spike times of each unit, seconds.
    fn units<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyArray1<f64>>> {
        self.recording.units.iter().map(|unit| unit.to_pyarray(py)).collect()
    }

    /// Columns about the units.
    fn unit_columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        columns_of(py, &self.recording.unit_columns)
    }

    /// Columns about the trials, start and stop first.
    fn trials<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let TrialTable { start_s, stop_s, columns, .. } = &self.recording.trials;
        let all = columns_of(py, columns)?;
        let table = PyDict::new(py);
        table.set_item("start_time", start_s.to_pyarray(py))?;
        table.set_item("stop_time", stop_s.to_pyarray(py))?;
        table.update(all.as_mapping())?;
        Ok(table)
    }

    /// Writes it as NWB.
    fn save(&self, py: Python<'_>, path: &str) -> PyResult<()> {
        py.detach(|| write_nwb(&self.recording, path)).map_err(|error| refused(&error))
    }
}

fn columns_of<'py>(py: Python<'py>, columns: &[NamedColumn]) -> PyResult<Bound<'py, PyDict>> {
    let table = PyDict::new(py);
    for NamedColumn { name, values, .. } in columns {
        match values {
            Column::Real(values) => table.set_item(name, values.to_pyarray(py))?,
            Column::Integer(values) => table.set_item(name, values.to_pyarray(py))?,
            Column::Text(values) => table.set_item(name, values)?,
            Column::Vector(values) => {
                let rows: Vec<Vec<f64>> = values.iter().map(|vector| vector.to_vec()).collect();
                table.set_item(name, numpy::PyArray2::from_vec2(py, &rows).map_err(value)?)?;
            }
        }
    }
    Ok(table)
}

/// A column of an array or, for text, of a list.
fn named_column(name: String, values: &Bound<'_, PyAny>, n_rows: usize) -> PyResult<NamedColumn> {
    let values = if let Ok(reals) = values.extract::<PyReadonlyArray1<'_, f64>>() {
        Column::Real(reals.as_array().to_vec())
    } else if let Ok(integers) = values.extract::<PyReadonlyArray1<'_, i64>>() {
        Column::Integer(integers.as_array().to_vec())
    } else if let Ok(vectors) = values.extract::<PyReadonlyArray2<'_, f64>>() {
        let vectors = vectors.as_array();
        if vectors.dim().1 != 2 {
            let width = vectors.dim().1;
            return Err(value(format_args!("column {name} has rows of {width} numbers; a vector has 2")));
        }
        Column::Vector(vectors.outer_iter().map(|row| [row[0], row[1]]).collect())
    } else if let Ok(texts) = values.extract::<Vec<String>>() {
        Column::Text(texts)
    } else {
        return Err(type_of(format_args!("column {name} holds neither float64, int64, text nor pairs of float64")));
    };
    let found = values.len();
    if found != n_rows {
        return Err(value(format_args!("column {name} has {found} rows, the table has {n_rows}")));
    }
    Ok(NamedColumn { name, description: String::new(), values })
}
