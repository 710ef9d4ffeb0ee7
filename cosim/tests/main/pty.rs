//! A simulated board as a serial port of the operating system.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use cosim::pty::PseudoTerminal;
use cosim::{SimulatedBoard, Simulator, model};
use rustix::time::{ClockId, clock_gettime};

/// A delay line behind a pseudo-terminal, served until dropped.
struct Served {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    /// Returns the CPU time of the server.
    server: Option<JoinHandle<Duration>>,
}

impl Served {
    fn new() -> Self {
        let terminal = PseudoTerminal::open().unwrap();
        let (path, stop) = (terminal.path().to_owned(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        let server = thread::spawn(move || {
            let simulator = Simulator::<model::DelayLine>::new();
            let mut board = SimulatedBoard::new(simulator, 12.0, 500);
            terminal.serve(&mut board, 4, &stopped).unwrap();
            clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
        });
        Self { path, stop, server: Some(server) }
    }

    fn stop(&mut self) -> Duration {
        self.stop.store(true, Ordering::Relaxed);
        self.server.take().map_or(Duration::ZERO, |server| server.join().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn a_serial_port_program_uses_it() {
    let served = Served::new();
    let path = served.path.to_str().unwrap();
    for baud in [115_200, 1_000_000] {
        let mut port = serialport::new(path, baud).timeout(Duration::from_secs(20)).open_native().unwrap();
        // More than a terminal buffers, with all bytes that a terminal could interpret.
        let bytes: Vec<u8> = (0..20_000_u32).map(|number| number as u8).collect();
        let mut writer = port.try_clone_native().unwrap();
        let sent = bytes.clone();
        let sending = thread::spawn(move || writer.write_all(&sent).unwrap());
        let mut received = vec![0; bytes.len()];
        port.read_exact(&mut received).unwrap();
        sending.join().unwrap();
        assert!(received == bytes);
    }
}

#[test]
fn a_second_program_opens_it_after_one_that_left_it_exclusive() {
    let served = Served::new();
    for text in [b"first", b"other"] {
        let mut device = open_with_retries(&served.path);
        rustix::termios::ioctl_tiocexcl(&device).unwrap();
        device.write_all(text).unwrap();
        let mut answer = [0; 5];
        device.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, text);
    }
}

fn open_with_retries(path: &PathBuf) -> File {
    for _ in 0..100 {
        match File::options().read(true).write(true).open(path) {
            Ok(device) => return device,
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
    panic!("{} stays busy", path.display());
}

#[test]
fn an_idle_board_uses_no_cpu_time() {
    let mut served = Served::new();
    thread::sleep(Duration::from_secs(1));
    let used = served.stop();
    assert!(used < Duration::from_millis(50), "{used:?} of CPU time");
}
