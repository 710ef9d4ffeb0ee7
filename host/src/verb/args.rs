//! Arguments that several verbs share.

use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use clap::Args;
use clap::builder::{PathBufValueParser, PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use recording::WindowOptions;
use spec::core::{CORES, NamedCore, core_named};

/// How windows are cut from trials.
#[derive(Debug, Args)]
pub struct WindowArgs {
    /// Trials column with the class of each trial [default: the first usual name that the recording has, see `info`]
    #[arg(long, value_name = "COLUMN")]
    pub label_column: Option<String>,
    /// Classes to keep [default: all]
    #[arg(long, value_delimiter = ',', value_name = "LABEL,...")]
    pub classes: Option<Vec<String>>,
    /// Trials column with the time at which a window starts
    #[arg(long, value_name = "COLUMN", default_value = recording::DEFAULT_ALIGN_COLUMN)]
    pub align: String,
    /// Delay of the window after that time, in ms; may be negative
    #[arg(long, value_name = "MS", default_value_t = 0, allow_negative_numbers = true)]
    pub offset_ms: i32,
    /// Length of a window, in ms
    #[arg(long, value_name = "MS", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub window_ms: u32,
    /// Also train on later windows of each trial, one every <MS> milliseconds; tests use only the first window
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..))]
    pub stride_ms: Option<u32>,
}

impl WindowArgs {
    /// The windows of a recording, with ticks of `tick_ms`.
    #[must_use]
    pub fn options(&self, tick_ms: u32) -> WindowOptions {
        WindowOptions {
            label_column: self.label_column.clone(),
            classes: self.classes.clone(),
            align_column: Some(self.align.clone()),
            offset_ms: f64::from(self.offset_ms),
            window_ms: self.window_ms,
            stride_ms: self.stride_ms,
            tick_ms,
        }
    }
}

/// Options of a list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

/// Parses the name of a core.
pub(super) fn core() -> impl TypedValueParser<Value = NamedCore> {
    PossibleValuesParser::new(CORES.map(|core| core.name))
        .try_map(|name| core_named(&name).ok_or("there is no such core"))
}

/// Parses a seed: a number that fits into JSON and TOML as an integer.
pub(super) fn seed() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(..=i64::MAX.unsigned_abs())
}

/// Parses the path of a waveform, whose ending says which format it has.
pub(super) fn waveform() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if ["vcd", "fst"].iter().any(|known| known.eq_ignore_ascii_case(ending)) {
            return Ok(path);
        }
        Err("a waveform is a VCD or FST file; give a name that ends in .vcd or .fst")
    })
}

/// The number of threads: as given, or one per processor.
pub(super) fn n_threads(given: Option<u16>) -> usize {
    given.map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), usize::from)
}
