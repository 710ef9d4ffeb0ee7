//! VCD to FST.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use fst_writer::{
    FstFileType, FstInfo, FstScopeType, FstSignalType, FstVarDirection, FstVarType, FstWriteError, open_fst,
};
use vcd::{Command, Parser, Value};

/// Bytes of changes buffered before they are compressed and written.
const SECTION_BYTES: usize = 1 << 26;
/// The exponent of the unit of time, 10^-12 s.
const PICOSECONDS: i8 = -12;

/// Converts a VCD to FST. The FST is written beside its path and moved when complete.
///
/// # Errors
/// The VCD cannot be read, or the FST cannot be written; a file at its path is left as it was.
pub fn convert(vcd: &Path, fst: &Path) -> io::Result<()> {
    let part = super::with_suffix(fst, ".part");
    let outcome = write(vcd, &part, SECTION_BYTES).and_then(|()| fs::rename(&part, fst));
    if outcome.is_err() {
        let _ = fs::remove_file(&part);
    }
    outcome
}

fn write(vcd: &Path, fst: &Path, section_bytes: usize) -> io::Result<()> {
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
                // The writer panics when flushed within a time step, so a section ends before one.
                if body.size() > section_bytes {
                    body.flush().map_err(failed)?;
                }
                body.time_change(time).map_err(failed)?;
                continue;
            }
            Command::ChangeScalar(code, value) => (code, &mut std::iter::once(value)),
            Command::ChangeVector(code, vector) => (code, &mut vector.iter().collect::<Vec<_>>().into_iter()),
            _ => continue,
        };
        let Some((signal, n_bits)) = signals.get(&code) else { continue };
        bits.clear();
        bits.extend(values.map(character));
        // A VCD omits leading zeros.
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use fst_reader::{FstFilter, FstReader, FstSignalValue};

    use super::*;

    /// Time and value of every change of every signal; values that a section repeats at its start do not count.
    fn changes(fst: &Path) -> Vec<Vec<(u64, String)>> {
        let mut reader = FstReader::open(BufReader::new(File::open(fst).unwrap())).unwrap();
        let mut signals: Vec<Vec<(u64, String)>> = vec![Vec::new(); 2];
        let collect = |time, handle: fst_reader::FstSignalHandle, value: FstSignalValue<'_>| {
            let FstSignalValue::String(bits) = value else { panic!("a real number") };
            let (bits, signal) = (String::from_utf8(bits.to_vec()).unwrap(), &mut signals[handle.get_index()]);
            if signal.last().is_none_or(|(_, last)| *last != bits) {
                signal.push((time, bits));
            }
            Ok::<(), io::Error>(())
        };
        reader.read_signals(&FstFilter::all(), collect).unwrap();
        signals
    }

    #[test]
    fn a_waveform_of_many_sections_keeps_every_change() {
        const N_STEPS: u64 = 200;
        let mut text = "$timescale 1ps $end\n$scope module top $end\n$var wire 1 ! a $end\n$var wire 8 # b $end\n\
                        $upscope $end\n$enddefinitions $end\n"
            .to_owned();
        for step in 0..N_STEPS {
            let _ = writeln!(text, "#{}\n{}!\nb{step:b} #", 5 * step, step % 2);
        }
        let folder = tempfile::tempdir().unwrap();
        let (vcd, fst) = (folder.path().join("a.vcd"), folder.path().join("a.fst"));
        fs::write(&vcd, text).unwrap();
        let expected = [
            (0..N_STEPS).map(|step| (5 * step, format!("{}", step % 2))).collect::<Vec<_>>(),
            (0..N_STEPS).map(|step| (5 * step, format!("{step:08b}"))).collect(),
        ];
        for section_bytes in [100, SECTION_BYTES] {
            write(&vcd, &fst, section_bytes).unwrap();
            assert_eq!(changes(&fst), expected, "sections of {section_bytes} bytes");
        }
    }
}
