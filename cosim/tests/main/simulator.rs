//! Properties of simulators, independent of the model.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::thread;

use cosim::{Simulator, TraceError, Traced, model};
use fst_reader::{FstFilter, FstHierarchyEntry, FstReader, FstSignalValue};

type Fifo = Simulator<model::Fifo>;

fn push(fifo: &mut Fifo, word: u16) {
    fifo.set_write(true);
    fifo.set_data_in(word);
    fifo.step(1);
    fifo.set_write(false);
}

#[test]
fn starts_as_configured() {
    let fifo = Fifo::new();
    assert!(!fifo.valid() && !fifo.full());
}

#[test]
fn instances_share_nothing() {
    let (mut one, two) = (Fifo::new(), Fifo::new());
    push(&mut one, 7);
    one.step(2);
    assert!(one.valid() && !two.valid());
}

#[test]
fn instances_run_in_threads() {
    let sum = |seed: u16| {
        let mut fifo = Fifo::new();
        (0..2_000).fold(0_u64, |sum, word| {
            push(&mut fifo, word ^ seed);
            fifo.step(1);
            assert_eq!(fifo.data_out(), word ^ seed);
            fifo.set_read(true);
            fifo.step(1);
            fifo.set_read(false);
            sum + u64::from(fifo.data_out())
        })
    };
    let handles: Vec<_> = (0..8).map(|seed| thread::spawn(move || sum(seed))).collect();
    for (seed, handle) in (0..).zip(handles) {
        assert_eq!(handle.join().unwrap(), sum(seed));
    }
}

#[test]
fn step_and_half_cycles_are_the_same() {
    let (mut whole, mut halves) = (Fifo::new(), Fifo::new());
    push(&mut whole, 300);
    halves.set_write(true);
    halves.set_data_in(300);
    halves.half_cycle(true);
    halves.half_cycle(false);
    halves.set_write(false);
    whole.step(3);
    for _ in 0..3 {
        halves.half_cycle(true);
        halves.half_cycle(false);
    }
    assert_eq!((whole.valid(), whole.data_out()), (true, 300));
    assert_eq!((halves.valid(), halves.data_out()), (true, 300));
}

#[test]
fn step_while_ends_with_the_cycle_of_the_change() {
    let mut fifo = Fifo::new();
    assert_eq!(fifo.step_while_valid(false, 10), 10);
    push(&mut fifo, 1);
    let n_cycles = fifo.step_while_valid(false, 10);
    assert!(fifo.valid() && (1..=2).contains(&n_cycles), "{n_cycles}");
    assert_eq!(fifo.step_while_valid(false, 10), 0);
}

#[test]
#[should_panic(expected = "4096 has more than 12 bits")]
fn a_value_wider_than_its_port_is_refused() {
    Simulator::<model::Arithmetic>::new().set_many_in(1, 4096);
}

#[test]
fn a_waveform_starts_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo.vcd");
    let mut fifo = Fifo::new();
    fifo.step(100);
    fifo.open_trace(&path, 12_000_000).unwrap();
    push(&mut fifo, 0xbeef);
    fifo.step(3);
    fifo.close_trace().unwrap();
    fifo.step(100);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("$timescale 1ps $end"), "{text}");
    assert!(text.contains("data_out") && text.contains("write_at"), "{text}");
    assert!(text.contains(&format!("b{:016b} ", 0xbeef)), "{text}");
    // Two half cycles of 12 MHz each for four cycles.
    let last = text.lines().rev().find_map(|line| line.strip_prefix('#')).unwrap();
    assert_eq!(last.parse::<u64>().unwrap(), 8 * 41_666);

    let error = fifo.open_trace(&folder.path().join("absent/fifo.vcd"), 1).unwrap_err();
    assert!(error.to_string().contains("absent/fifo.vcd"), "{error}");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_waveform_replaces_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut fifo = Fifo::new();
    for (path, there) in [("a.vcd", "a.vcd"), ("b.fst", "b.fst"), ("c.fst", "c.fst.vcd")] {
        fs::create_dir(folder.path().join(there)).unwrap();
        let error = fifo.open_trace(&folder.path().join(path), 1).unwrap_err();
        assert!(error.to_string().contains(path) && error.to_string().contains("not a file"), "{error}");
    }
    assert_eq!(names(folder.path()), ["a.vcd", "b.fst", "c.fst.vcd"]);
    let path = folder.path().join("d.vcd");
    fs::write(&path, "an older waveform").unwrap();
    fifo.open_trace(&path, 1).unwrap();
    fifo.close_trace().unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with("$version"));
}

#[test]
fn a_waveform_that_cannot_be_converted_stays_a_vcd() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo.fst");
    let mut fifo = Fifo::new();
    fifo.open_trace(&path, 1).unwrap();
    fifo.step(3);
    fs::create_dir(&path).unwrap();
    let error = fifo.close_trace().unwrap_err();
    let TraceError::Convert { vcd, .. } = &error else { panic!("{error}") };
    assert!(fs::read_to_string(vcd).unwrap().contains("$enddefinitions"));
    assert!(error.to_string().contains("fifo.fst.vcd"), "{error}");
    assert_eq!(names(folder.path()), ["fifo.fst", "fifo.fst.vcd"]);
}

#[test]
fn an_fst_waveform_has_the_same_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo.fst");
    let mut fifo = Fifo::new();
    fifo.open_trace(&path, 12_000_000).unwrap();
    push(&mut fifo, 0xbeef);
    fifo.step(3);
    drop(fifo);
    assert_eq!(names(folder.path()), ["fifo.fst"]);

    let mut reader = FstReader::open(BufReader::new(File::open(&path).unwrap())).unwrap();
    assert_eq!(reader.get_header().end_time, 8 * 41_666);
    assert_eq!(reader.get_header().timescale_exponent, -12);
    let mut data_out = None;
    let find = |entry| {
        if let FstHierarchyEntry::Var { name, handle, .. } = entry
            && name.starts_with("data_out")
        {
            data_out = Some(handle);
        }
    };
    reader.read_hierarchy(find).unwrap();
    let mut values = Vec::new();
    let collect = |_, handle, value: FstSignalValue<'_>| {
        if let FstSignalValue::String(bits) = value
            && Some(handle) == data_out
        {
            values.push(String::from_utf8(bits.to_vec()).unwrap());
        }
        Ok::<(), std::io::Error>(())
    };
    reader.read_signals(&FstFilter::all(), collect).unwrap();
    assert_eq!(values.last().unwrap(), &format!("{:016b}", 0xbeef));
}

#[test]
fn every_model_has_a_name() {
    let names: Vec<&str> = model::Model::ALL.iter().map(|model| model.name()).collect();
    assert!(names.contains(&"fifo"), "{names:?}");
}
