//! Waveforms as FST, which is far smaller, made of the VCD that models write.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use fst_writer::{
    FstFileType, FstInfo, FstScopeType, FstSignalType, FstVarDirection, FstVarType, FstWriteError, open_fst,
};
use vcd::{Command, Parser, Value};

/// Bytes of changes that are held before they are compressed and written.
const SECTION_BYTES: usize = 1 << 26;
/// The unit of time in a waveform is 10^-12 s.
const PICOSECONDS: i8 = -12;

/// Where the model writes, for a waveform in `path`: the VCD from which an FST is made when it is complete.
pub fn vcd_path(path: &Path) -> PathBuf {
    if is_fst(path) {
        let mut name = path.as_os_str().to_owned();
        name.push(".vcd");
        name.into()
    } else {
        path.to_owned()
    }
}

/// Makes the FST of a waveform whose VCD is complete, and removes that; does nothing if a VCD was asked for.
pub fn finish(path: &Path) -> io::Result<()> {
    if !is_fst(path) {
        return Ok(());
    }
    let vcd = vcd_path(path);
    convert(&vcd, path)?;
    fs::remove_file(vcd)
}

fn is_fst(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("fst"))
}

fn convert(vcd: &Path, fst: &Path) -> io::Result<()> {
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
