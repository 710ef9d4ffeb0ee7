//! VCD to FST.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use fst_writer::{
    FstFileType, FstInfo, FstScopeType, FstSignalType, FstVarDirection, FstVarType, FstWriteError, open_fst,
};
use vcd::{Command, Parser, Value};

/// Bytes of changes that are held before they are compressed and written.
const SECTION_BYTES: usize = 1 << 26;
/// The unit of time in a waveform is 10^-12 s.
const PICOSECONDS: i8 = -12;

/// Makes an FST of a VCD: beside its place first, then moved.
///
/// # Errors
/// The VCD cannot be read, or the FST not be written; whatever was in its place is there still.
pub fn convert(vcd: &Path, fst: &Path) -> io::Result<()> {
    let part = super::with_suffix(fst, ".part");
    let outcome = write(vcd, &part).and_then(|()| fs::rename(&part, fst));
    if outcome.is_err() {
        let _ = fs::remove_file(&part);
    }
    outcome
}

fn write(vcd: &Path, fst: &Path) -> io::Result<()> {
    let info = FstInfo {
        start_time: 0,
        timescale_exponent: PICOSECONDS,
        version: concat!("motorsrnn ", env!("CARGO_PKG_VERSION")).to_owned(),
        date: String::new(),
        file_type: FstFileType::Verilog,
    };
    let mut commands = Parser::new(BufReader::new(File::open(vcd)?));
    let mut header = open_fst(fst, &info).map_err(failed)?;
    let mut signals = HashMap::new();
    for command in &mut commands {
        match command? {
            Command::ScopeDef(_, name) => header.scope(name, "", FstScopeType::Module).map_err(failed)?,
            Command::Upscope => header.up_scope().map_err(failed)?,
            Command::VarDef(_, bits, code, name, _) => {
                let (kind, alias) = (FstSignalType::bit_vec(bits), signals.get(&code).map(|(signal, _)| *signal));
                let signal =
                    header.var(name, kind, FstVarType::Wire, FstVarDirection::Implicit, alias).map_err(failed)?;
                signals.insert(code, (signal, bits as usize));
            }
            Command::Enddefinitions => break,
            _ => {}
        }
    }
    let mut body = header.finish().map_err(failed)?;
    let mut bits = Vec::new();
    for command in commands {
        let (code, values): (_, &mut dyn Iterator<Item = Value>) = match command? {
            Command::Timestamp(time) => {
                body.time_change(time).map_err(failed)?;
                if body.size() > SECTION_BYTES {
                    body.flush().map_err(failed)?;
                }
                continue;
            }
            Command::ChangeScalar(code, value) => (code, &mut std::iter::once(value)),
            Command::ChangeVector(code, vector) => (code, &mut vector.iter().collect::<Vec<_>>().into_iter()),
            _ => continue,
        };
        let Some((signal, n_bits)) = signals.get(&code) else { continue };
        bits.clear();
        bits.extend(values.map(character));
        // A VCD leaves leading zeros out.
        let missing = n_bits.saturating_sub(bits.len());
        bits.splice(..0, std::iter::repeat_n(b'0', missing));
        body.signal_change(*signal, &bits).map_err(failed)?;
    }
    body.finish().map_err(failed)?;
    Ok(())
}

fn character(value: Value) -> u8 {
    match value {
        Value::V0 => b'0',
        Value::V1 => b'1',
        Value::X => b'x',
        Value::Z => b'z',
    }
}

fn failed(error: FstWriteError) -> io::Error {
    io::Error::other(error)
}
