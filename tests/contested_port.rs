//! Ports on which other programs read or write, and ports of something else than a board: the right result or a named error.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use model::ModelBoard;
use rustix::process::Signal;
use spec::core::ECP5_25F;
use std::os::unix::process::ExitStatusExt;

use crate::support::{
    Device, Running, Trained, decode_refuses, interruptible, json_lines, motorsrnn, refuses, trained,
};

const NO_BOARD: i32 = 3;
const LINK: i32 = 4;

/// What a message about lost answers says.
const SECOND_READER: [&str; 3] = ["another program", "fuser ", "ModemManager"];

fn board() -> ModelBoard {
    ModelBoard::new(ECP5_25F.configuration)
}

/// A board some of whose answers disappear.
struct Losing {
    board: ModelBoard,
    n_answers: u64,
    is_lost: fn(u64) -> bool,
}

impl Losing {
    fn new(is_lost: fn(u64) -> bool) -> Self {
        Self { board: board(), n_answers: 0, is_lost }
    }
}

impl Read for Losing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let n_bytes = self.board.read(buffer)?;
            self.n_answers += 1;
            if !(self.is_lost)(self.n_answers) {
                return Ok(n_bytes);
            }
        }
    }
}

impl Write for Losing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Half of all numbers, in no order.
fn is_half(number: u64) -> bool {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 1
}

/// A session whose board gets few of its answers through.
fn decode(device: &Device, more: &[&str]) -> std::process::Output {
    let Trained { recording, image, .. } = trained();
    motorsrnn(&[&["decode", recording, "--network", image, "--board", device.name(), "--json"], more].concat())
}

/// The decoding agrees with the model, or the message has these parts.
fn is_right_or_says(output: &std::process::Output, parts: &[&str]) {
    if output.status.success() {
        let lines = json_lines(std::str::from_utf8(&output.stdout).unwrap());
        assert_eq!(lines.last().unwrap()["agrees_with_model"], true);
        return;
    }
    let message = String::from_utf8_lossy(&output.stderr);
    for part in parts {
        assert!(message.contains(part), "no `{part}` in {message}");
    }
}

#[test]
fn a_port_that_loses_half_of_all_answers_names_a_second_reader() {
    let Trained { recording, image, .. } = trained();
    let device = Device::with_port(Losing::new(is_half));
    decode_refuses(LINK, recording, image, device.name(), &SECOND_READER);
}

#[test]
fn a_self_test_over_a_port_that_loses_answers_names_a_second_reader() {
    let device = Device::with_port(Losing::new(is_half));
    let output = motorsrnn(&["selftest", "--board", device.name()]);
    let (report, message) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(LINK), "{message}");
    assert!(report.contains("another program may be reading this port"), "{report}");
    assert!(message.contains(&format!("fuser {}", device.name())), "{message}");
}

#[test]
fn a_port_that_loses_every_answer_names_a_second_reader() {
    let Trained { recording, image, .. } = trained();
    let device = Device::with_port(Losing::new(|_| true));
    decode_refuses(NO_BOARD, recording, image, device.name(), &SECOND_READER);
    // From some moment in the middle on.
    let device = Device::with_port(Losing::new(|number| number > 20));
    decode_refuses(LINK, recording, image, device.name(), &[&SECOND_READER[..], &["did not answer"]].concat());
}

#[test]
fn a_port_that_loses_an_answer_now_and_then_decodes() {
    let device = Device::with_port(Losing::new(|number| number.is_multiple_of(200)));
    let output = decode(&device, &["--limit", "3"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary = json_lines(std::str::from_utf8(&output.stdout).unwrap()).pop().unwrap();
    assert_eq!(summary["agrees_with_model"], true);
    assert!(summary["link"]["timeouts"].as_u64() > Some(0), "{summary}");
}

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_program_that_reads_the_port_too_is_named_as_the_likely_cause() {
    let device = Device::with_board(ECP5_25F.configuration);
    let cat = || Process(Command::new("cat").arg(device.name()).stdout(Stdio::null()).spawn().unwrap());
    let _readers = [cat(), cat()];
    thread::sleep(Duration::from_millis(200));
    is_right_or_says(&decode(&device, &[]), &[&SECOND_READER[..], &[device.name()]].concat());
}

/// Writes to a device as ModemManager does, until it is dropped.
struct Prober {
    is_over: Arc<AtomicBool>,
}

impl Prober {
    fn new(device: &Device, text: &'static str) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (mut port, ends) = (File::options().write(true).open(device.name()).unwrap(), is_over.clone());
        thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) && port.write_all(text.as_bytes()).is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        });
        Self { is_over }
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_program_that_probes_the_port_for_a_modem_changes_no_result() {
    for in_flight in ["1", "4"] {
        let device = Device::with_board(ECP5_25F.configuration);
        let _prober = Prober::new(&device, "AT\r");
        let output = decode(&device, &["--in-flight", in_flight]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let summary = json_lines(std::str::from_utf8(&output.stdout).unwrap()).pop().unwrap();
        assert_eq!(summary["agrees_with_model"], true, "{in_flight}");
    }
}

/// Sends back what it receives.
#[derive(Default)]
struct Echo(VecDeque<u8>);

impl Read for Echo {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(ErrorKind::TimedOut.into()),
            n_bytes => Ok(n_bytes),
        }
    }
}

impl Write for Echo {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_echo_is_named() {
    let Trained { recording, image, .. } = trained();
    for rate in [&[][..], &["--baud", "1000000"]] {
        let device = Device::with_port(Echo::default());
        let decode = [&["decode", recording, "--network", image, "--board", device.name()], rate].concat();
        refuses(NO_BOARD, &decode, &[device.name(), "the port is an echo"]);
        let output = motorsrnn(&[&["selftest", "--board", device.name()], rate].concat());
        assert!(String::from_utf8(output.stderr).unwrap().contains("the port is an echo"));
    }
}

/// Sends lines of text without being asked, between the answers of a board if there is one.
struct Console {
    board: Option<ModelBoard>,
    n_reads: u64,
}

impl Read for Console {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.n_reads += 1;
        if let Some(board) = &mut self.board
            && let Ok(n_bytes) = board.read(buffer)
        {
            return Ok(n_bytes);
        }
        thread::sleep(Duration::from_millis(20));
        let line = format!("[{:>10}] usb 1-1: new device\r\n", self.n_reads);
        buffer[..line.len()].copy_from_slice(line.as_bytes());
        Ok(line.len())
    }
}

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.board.as_mut().map_or(Ok(bytes.len()), |board| board.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_console_is_named_with_what_it_says() {
    let Trained { recording, image, .. } = trained();
    for rate in [&[][..], &["--baud", "1000000"]] {
        let device = Device::with_port(Console { board: None, n_reads: 0 });
        let decode = [&["decode", recording, "--network", image, "--board", device.name()], rate].concat();
        refuses(NO_BOARD, &decode, &[device.name(), "usb 1-1: new device", "console or another firmware"]);
    }
}

#[test]
fn a_board_whose_line_carries_text_as_well_decodes_or_the_text_is_named() {
    let device = Device::with_port(Console { board: Some(board()), n_reads: 0 });
    let output = decode(&device, &[]);
    is_right_or_says(&output, &[device.name(), "usb 1-1: new device", "another program writes to this port"]);
}

/// Answers nothing, and tells whether it was asked.
struct Asked(Arc<AtomicBool>);

impl Read for Asked {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::TimedOut.into())
    }
}

impl Write for Asked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.store(true, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_wait_for_a_silent_board_can_be_interrupted() {
    let Trained { recording, image, .. } = trained();
    let is_asked = Arc::new(AtomicBool::new(false));
    let device = Device::with_port(Asked(is_asked.clone()));
    let mut command = interruptible();
    command.args(["decode", recording, "--network", image, "--board", device.name()]);
    let mut waiting = Running::silent(command);
    while !is_asked.load(Ordering::Relaxed) && waiting.is_running() {
        thread::sleep(Duration::from_millis(10));
    }
    waiting.interrupt();
    assert_eq!(waiting.end().0.signal(), Some(Signal::INT.as_raw()));
}
