//! Waveforms of simulators: VCD, which models write, or the much smaller FST, converted from it at the end.

mod fst;

use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf, absolute};

use thiserror::Error;

use crate::ffi::Instance;

/// A simulation that can write a waveform.
pub trait Traced {
    /// Writes a waveform from now on, at this clock frequency; closes an open one. A path that ends in `.fst` becomes an FST when
    /// the waveform is closed, and is a VCD with `.vcd` appended to its name until then; any other is a VCD.
    ///
    /// # Errors
    /// The file cannot be written, or the path is not that of a file.
    fn open_trace(&mut self, path: &Path, clock_hz: u32) -> Result<(), TraceError>;

    /// Flushes the waveform, if there is one.
    ///
    /// # Errors
    /// As [`Traced::check_trace`].
    fn flush_trace(&mut self) -> Result<(), TraceError>;

    /// Checks that the waveform, if there is one, could be written so far.
    ///
    /// # Errors
    /// It could not, and is closed.
    fn check_trace(&mut self) -> Result<(), TraceError>;

    /// Closes the waveform, if there is one.
    ///
    /// # Errors
    /// The waveform is incomplete.
    fn close_trace(&mut self) -> Result<(), TraceError>;
}

/// A waveform that cannot be written.
#[derive(Debug, Error)]
pub enum TraceError {
    /// It cannot be written, and is deleted.
    #[error("cannot write the waveform {}: {error}", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// It is complete as a VCD and cannot be converted.
    #[error("cannot convert the waveform to {}: {error}; it is complete in {}", path.display(), vcd.display())]
    Convert {
        /// Its path.
        path: PathBuf,
        /// The path of the VCD.
        vcd: PathBuf,
        /// The cause.
        error: io::Error,
    },
}

/// An open waveform.
#[derive(Debug)]
pub struct Waveform {
    path: PathBuf,
    /// The file that the model writes: `path`, unless that is an FST.
    vcd: PathBuf,
}

impl Waveform {
    /// Opens it.
    pub fn begin(path: &Path, instance: &mut Instance, clock_hz: u32) -> Result<Self, TraceError> {
        let path = path.to_owned();
        let is_fst = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("fst"));
        let vcd = if is_fst { with_suffix(&path, ".vcd") } else { path.clone() };
        match create(&path, &vcd) {
            Ok(name) => {
                instance.open_trace(&name, PS_PER_SECOND / 2 / u64::from(clock_hz.max(1)));
                Ok(Self { path, vcd })
            }
            Err(error) => Err(TraceError::Write { path, error }),
        }
    }

    /// Closes it.
    pub fn finish(self, instance: &mut Instance) -> Result<(), TraceError> {
        let Self { path, vcd } = self;
        instance.close_trace();
        if let Some(error) = instance.trace_error() {
            let _ = fs::remove_file(vcd);
            return Err(TraceError::Write { path, error });
        }
        if vcd == path {
            return Ok(());
        }
        fst::convert(&vcd, &path).and_then(|()| fs::remove_file(&vcd)).map_err(|error| TraceError::Convert {
            path,
            vcd,
            error,
        })
    }
}

const PS_PER_SECOND: u64 = 1_000_000_000_000;

/// Creates the VCD, so that errors are found here; returns its path for C++.
fn create(path: &Path, vcd: &Path) -> io::Result<CString> {
    // A waveform that fails is deleted, so both paths must be those of files.
    for path in [path, vcd] {
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::other("the path is not a file"));
        }
    }
    File::create(vcd)?;
    // Verilator takes a name that begins with `|` as a command.
    Ok(CString::new(absolute(vcd)?.as_os_str().as_encoded_bytes())?)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
