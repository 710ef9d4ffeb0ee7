//! `docs/boards.md`, from `spec::board` and the manifests.

use std::fmt::Write as _;
use std::path::Path;

use spec::board::{BOARDS, Board};
use spec::manifest::{Manifest, Timing};

use crate::error::FlowError;
use crate::manifest;
use crate::recipe::Recipe;

/// Text of the page, with the manifests in a folder.
///
/// # Errors
/// A manifest that cannot be read.
pub fn page(bitstreams: &Path) -> Result<String, FlowError> {
    let mut text = String::from(
        "# Boards\n\n\
         Written by `cargo xtask boards` from `spec::board` and the manifests in [bitstreams](../bitstreams/README.md), which \
         also says how to load one.\n\n\
         | board | name | chip | core | oscillator, clock (MHz) | line (baud) | serial port | loader |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for Board { name, title, device, core, oscillator_hz, clock_hz, baud, serial_port, loader, .. } in &BOARDS {
        let (oscillator, clock) = (megahertz(*oscillator_hz), megahertz(*clock_hz));
        let _ = writeln!(
            text,
            "| {title} | `{name}` | {} | `{}` | {oscillator}, {clock} | {baud} | {serial_port} | `{loader}` |",
            device.name(),
            core.name
        );
    }
    text.push_str(
        "\nThe serial port is the usual one on Linux if no other serial device is connected. \
         *Not certified*: the open tools do not know all delays of the chip, so the bitstream may fail at its clock. \
         *Vivado*: only the vendor's tools build a bitstream; `cargo xtask verilog` writes the sources and constraints. \
         Resources have nextpnr's names: logic cells are `ICESTORM_LC`, `TRELLIS_COMB` with \
         `TRELLIS_FF`, and `LUT4` with `DFF`; block RAM `ICESTORM_RAM`, `ICESTORM_SPRAM`, `DP16KD`, `BSRAM`; memory in \
         logic cells `TRELLIS_RAMW` and `RAM16SDP4`; multipliers `ICESTORM_DSP`, `MULT18X18D`, `MULT18X18`; \
         clocks `ICESTORM_PLL`, `EHXPLLL` and the global nets `SB_GB`, `DCCA`, `BUFG`; pins `SB_IO`, `TRELLIS_IO`, `IOB`.\n\n\
         | board | timing | Fmax (MHz) | resources used | seed | SHA-256 of the bitstream |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for board in &BOARDS {
        text.push_str(&row(board, manifest::read(board, bitstreams)?.as_ref()));
    }
    Ok(text)
}

fn row(board: &Board, manifest: Option<&Manifest>) -> String {
    let name = board.name;
    let Some(manifest) = manifest else {
        let timing = if Recipe::of(board).is_none() { "Vivado" } else { "not built yet" };
        return format!("| `{name}` | {timing} | | | | |\n");
    };
    let timing = match manifest.clock.timing {
        Timing::Met => "met",
        Timing::NotCertified => "not certified",
    };
    let fmax = manifest.clock.fmax_hz.map(|hertz| format!("{:.1}", hertz as f64 / 1e6)).unwrap_or_default();
    let used = manifest.resources.iter().map(|(kind, cells)| format!("{kind} {}/{}", cells.used, cells.available));
    let used = used.collect::<Vec<_>>().join(", ");
    format!("| `{name}` | {timing} | {fmax} | {used} | {} | `{}` |\n", manifest.seed, manifest.sha256)
}

fn megahertz(hertz: u32) -> f64 {
    f64::from(hertz) / 1e6
}
