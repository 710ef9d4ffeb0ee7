//! `motorsrnn boards`: the supported boards, the core of each, the chip resources of its bitstream, and its tick rate.

use std::fmt::Write;

use serde::Serialize;
use spec::board::{BOARDS, Board, Device};
use spec::manifest::{Manifest, Timing, Used};

use super::args::ListArgs;
use super::{print_json, print_text};
use crate::bitstream::manifest;
use crate::failure::Failure;
use crate::rate::{Bound, TickRate};
use crate::shipped::Shipped;

#[derive(Serialize)]
#[serde(tag = "kind", rename = "board")]
struct Row {
    board: &'static str,
    title: &'static str,
    core: &'static str,
    lanes: u8,
    neurons: u32,
    channels: u16,
    synapses: u32,
    readouts: u8,
    oscillator_hz: u32,
    clock_hz: u32,
    baud: u32,
    loader: &'static str,
    /// None without a built bitstream.
    bitstream: Option<Bitstream>,
    /// None if the shipped decoder is too large for the core.
    tick_rate: Option<TickRate>,
    #[serde(skip)]
    is_for_vendor_tools: bool,
}

#[derive(Serialize)]
struct Bitstream {
    file: String,
    sha256: String,
    timing: Timing,
    fmax_hz: Option<u64>,
    look_up_tables: Option<Used>,
    block_rams: Option<Used>,
    multipliers: Option<Used>,
}

impl From<Manifest> for Bitstream {
    fn from(manifest: Manifest) -> Self {
        Self {
            timing: manifest.clock.timing,
            fmax_hz: manifest.clock.fmax_hz,
            look_up_tables: manifest.look_up_tables(),
            block_rams: manifest.block_rams(),
            multipliers: manifest.multipliers(),
            file: manifest.file,
            sha256: manifest.sha256,
        }
    }
}

impl Row {
    fn of(board: &Board, shipped: &Shipped) -> Result<Self, Failure> {
        let core = board.core.configuration;
        Ok(Self {
            board: board.name,
            title: board.title,
            core: board.core.name,
            lanes: core.lanes,
            neurons: core.neurons(),
            channels: core.channels,
            synapses: u32::from(core.synapse_words_per_lane) * u32::from(core.lanes),
            readouts: core.readouts,
            oscillator_hz: board.oscillator_hz,
            clock_hz: board.clock_hz,
            baud: board.baud,
            loader: board.loader,
            bitstream: manifest(board)?.map(Bitstream::from),
            tick_rate: TickRate::of(board, shipped)?,
            is_for_vendor_tools: matches!(board.device, Device::Xilinx7 { .. }),
        })
    }
}

/// Prints the list.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(args: &ListArgs) -> Result<(), Failure> {
    let shipped = Shipped::read()?;
    let rows: Vec<Row> = BOARDS.iter().map(|board| Row::of(board, &shipped)).collect::<Result<_, _>>()?;
    if args.json {
        return rows.iter().try_for_each(print_json);
    }
    print_text(&[cores(&rows), bitstreams(&rows), rates(&rows)].join("\n"))
}

fn cores(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<15} {:<9} {:>5} {:>7} {:>8} {:>8} {:>9} {:>8}  {}\n",
        "board", "core", "lanes", "neurons", "channels", "synapses", "clock MHz", "baud", "name"
    );
    for Row { board, title, core, lanes, neurons, channels, synapses, clock_hz, baud, .. } in rows {
        let clock = f64::from(*clock_hz) / 1e6;
        let _ = writeln!(
            text,
            "{board:<15} {core:<9} {lanes:>5} {neurons:>7} {channels:>8} {synapses:>8} {clock:>9} {baud:>8}  {title}"
        );
    }
    text
}

fn bitstreams(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<15} {:>13} {:>10} {:>11} {:>13}  {}\n",
        "board", "LUTs", "block RAMs", "multipliers", "Fmax MHz", "SHA-256 of the bitstream"
    );
    for Row { board, bitstream, is_for_vendor_tools, .. } in rows {
        let Some(bitstream) = bitstream else {
            let why = if *is_for_vendor_tools { "built with the vendor's tools" } else { "not built" };
            let _ = writeln!(text, "{board:<15} {why}");
            continue;
        };
        let Bitstream { sha256, look_up_tables, block_rams, multipliers, .. } = bitstream;
        let [tables, rams, multipliers] = [look_up_tables, block_rams, multipliers]
            .map(|cells| cells.map_or("-".to_owned(), |Used { used, available }| format!("{used}/{available}")));
        let fmax = match (bitstream.timing, bitstream.fmax_hz) {
            (Timing::Met, Some(hertz)) => format!("{:.1}", hertz as f64 / 1e6),
            _ => "not certified".to_owned(),
        };
        let _ = writeln!(text, "{board:<15} {tables:>13} {rams:>10} {multipliers:>11} {fmax:>13}  {sha256}");
    }
    text
}

fn rates(rows: &[Row]) -> String {
    let mut text = format!("{:<15} {:>7}  {:<16} {:>7} {:>7}\n", "board", "ticks/s", "bound by", "core", "line");
    for Row { board, tick_rate, .. } in rows {
        let Some(rate) = tick_rate else {
            let _ = writeln!(text, "{board:<15} the shipped decoder is too large");
            continue;
        };
        let TickRate { ticks_per_s, ticks_per_s_of_core, ticks_per_s_of_line, bound_by, synapses_left_out } = rate;
        let bound = match bound_by {
            Bound::Core => "the core",
            Bound::Line => "the serial line",
        };
        let note = match synapses_left_out {
            0 => String::new(),
            n => format!("  without the decoder's {n} weakest synapses, which do not fit"),
        };
        let _ = writeln!(
            text,
            "{board:<15} {ticks_per_s:>7.0}  {bound:<16} {ticks_per_s_of_core:>7.0} {ticks_per_s_of_line:>7.0}{note}"
        );
    }
    text.push_str(
        "Tick rates are calculated for the shipped decoder and the tick of the shipped session with the most work. The core's\n\
         rate is its clock over the maximum cycles of that tick; the line's rate is its bytes per second over the bytes of that\n\
         tick, both directions at once with frames in flight. A decode that waits for each answer (`--in-flight 1`) is slower.\n",
    );
    text
}
