//! A board with a network in it. A thread of its own speaks to it, since a port cannot move between threads; calls wait without
//! the interpreter, and Ctrl-C ends them.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use host::baud::Baud;
use host::board::Board;
use host::failure::Failure;
use host::link::LinkStatistics;
use host::port::{self, Opened, Port};
use host::session::{Session, TickResult};
use numpy::ndarray::{Array2, Array3};
use numpy::{IntoPyArray, PyArray2, PyArray3};
use pyo3::prelude::*;

use crate::arrays;
use crate::errors::{BoardError, failure, value};
use crate::live::{Meaning, Tick};
use crate::network::{Network, meaning};
use crate::work::LOOK;

enum Request {
    Tick(Vec<u16>),
    Restart,
    Window(Vec<Vec<u16>>),
    Statistics,
}

enum Reply {
    Opened { baud: Option<u32> },
    Ticks(Vec<TickResult>),
    Restarted,
    Statistics(LinkStatistics),
}

/// The other end of the thread.
struct Line {
    requests: Sender<Request>,
    replies: Receiver<Result<Reply, Failure>>,
    thread: JoinHandle<()>,
}

/// A board, opened.
#[pyclass(frozen, module = "motorsrnn._motorsrnn")]
pub struct BoardLink {
    line: Mutex<Option<Line>>,
    meaning: Arc<Meaning>,
    n_channels: usize,
    n_readouts: usize,
    baud: Option<u32>,
}

/// Scores, latencies in microseconds and numbers of spikes.
type Runs<'py> = (Bound<'py, PyArray3<i16>>, Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<u32>>);

#[pymethods]
impl BoardLink {
    /// Opens `model`, `sim` or a serial device, loads the network and checks it.
    #[staticmethod]
    #[pyo3(signature = (network, board, baud, in_flight, labels=None, scale=None, offset=None))]
    #[expect(clippy::too_many_arguments, reason = "of one call in Python")]
    fn open(
        py: Python<'_>,
        network: &Network,
        board: &str,
        baud: &str,
        in_flight: usize,
        labels: Option<Vec<Py<PyAny>>>,
        scale: Option<Vec<Vec<f64>>>,
        offset: Option<Vec<f64>>,
    ) -> PyResult<Self> {
        let board: Board = board.parse().map_err(|cause: String| value(format_args!("board: {cause}")))?;
        let baud: Baud = baud.parse().map_err(|cause: String| value(format_args!("baud: {cause}")))?;
        if !(1..=64).contains(&in_flight) {
            return Err(value(format_args!("in_flight is {in_flight}; give 1 to 64")));
        }
        let meaning = Arc::new(meaning(labels, scale, offset)?);
        let (requests, to_serve) = mpsc::channel();
        let (answers, replies) = mpsc::channel();
        let (bytes, core) = (network.bytes.clone(), network.core);
        let thread = thread::spawn(move || {
            let opened = open(&board, baud, &core, &bytes, in_flight);
            let (mut session, baud) = match opened {
                Ok(opened) => opened,
                Err(failure) => return drop(answers.send(Err(failure))),
            };
            if answers.send(Ok(Reply::Opened { baud })).is_err() {
                return;
            }
            for request in to_serve {
                let reply = serve(&mut session, request).map_err(|error| Failure::session(&board, &core, &error));
                if answers.send(reply).is_err() {
                    return;
                }
            }
        });
        let line = Line { requests, replies, thread };
        let n_channels = network.image.n_channels.into();
        let n_readouts = network.image.n_readouts();
        let mut link = Self { line: Mutex::new(Some(line)), meaning, n_channels, n_readouts, baud: None };
        if let Reply::Opened { baud } = link.wait(py)? {
            link.baud = baud;
        }
        Ok(link)
    }

    /// Runs one tick and waits for the answer.
    fn tick(&self, py: Python<'_>, events: &Bound<'_, PyAny>) -> PyResult<Tick> {
        let mut channels = Vec::new();
        arrays::events(events, self.n_channels, &mut channels)?;
        let Reply::Ticks(mut ticks) = self.ask(py, Request::Tick(channels))? else { return Err(unexpected()) };
        let result = ticks.pop().ok_or_else(unexpected)?;
        Ok(Tick::of_board(&result, &self.meaning))
    }

    /// Begins again.
    fn restart(&self, py: Python<'_>) -> PyResult<()> {
        self.ask(py, Request::Restart).map(drop)
    }

    /// Runs windows, each from a restart: scores (windows, ticks, readouts), latencies in microseconds and numbers of spikes
    /// (windows, ticks).
    fn run<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Runs<'py>> {
        let x = arrays::windows(x, Some(self.n_channels))?;
        let x = x.as_array();
        let (n_windows, n_ticks, _) = x.dim();
        let mut scores = Array3::zeros((n_windows, n_ticks, self.n_readouts));
        let mut latencies_us = Array2::zeros((n_windows, n_ticks));
        let mut n_spikes = Array2::zeros((n_windows, n_ticks));
        for (window, ticks) in x.outer_iter().enumerate() {
            let Reply::Ticks(ticks) = self.ask(py, Request::Window(arrays::ticks(ticks)))? else {
                return Err(unexpected());
            };
            for (tick, TickResult { answer, latency }) in ticks.into_iter().enumerate() {
                for (readout, score) in answer.scores.iter().enumerate() {
                    scores[[window, tick, readout]] = *score;
                }
                latencies_us[[window, tick]] = latency.as_secs_f64() * 1e6;
                n_spikes[[window, tick]] = u32::from(answer.n_spikes);
            }
        }
        Ok((scores.into_pyarray(py), latencies_us.into_pyarray(py), n_spikes.into_pyarray(py)))
    }

    /// Counts of the link, as JSON.
    fn statistics(&self, py: Python<'_>) -> PyResult<String> {
        let Reply::Statistics(statistics) = self.ask(py, Request::Statistics)? else { return Err(unexpected()) };
        serde_json::to_string(&statistics).map_err(value)
    }

    /// Closes it; nothing else works afterwards.
    fn close(&self, py: Python<'_>) {
        let Some(Line { requests, replies, thread }) = self.line().take() else { return };
        // Without them the thread ends, and the port is free.
        drop((requests, replies));
        // A panic has been reported where it happened.
        let _ = py.detach(|| thread.join());
    }

    /// Baud rate of a serial device.
    #[getter]
    fn baud(&self) -> Option<u32> {
        self.baud
    }
}

impl BoardLink {
    fn line(&self) -> std::sync::MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, py: Python<'_>, request: Request) -> PyResult<Reply> {
        let sent = self.line().as_ref().map(|line| line.requests.send(request));
        match sent {
            Some(Ok(())) => self.wait(py),
            _ => Err(BoardError::new_err("the board is closed; open it again")),
        }
    }

    /// Waits for a reply. After Ctrl-C the board is closed, since a reply is still on its way.
    fn wait(&self, py: Python<'_>) -> PyResult<Reply> {
        loop {
            let reply = py.detach(|| self.line().as_ref().map(|line| line.replies.recv_timeout(LOOK)));
            match reply {
                Some(Ok(Ok(reply))) => return Ok(reply),
                Some(Ok(Err(error))) => return Err(failure(&error)),
                Some(Err(RecvTimeoutError::Timeout)) => {
                    if let Err(interrupted) = py.check_signals() {
                        drop(self.line().take());
                        return Err(interrupted);
                    }
                }
                Some(Err(RecvTimeoutError::Disconnected)) | None => {
                    return Err(BoardError::new_err("the board is closed; open it again"));
                }
            }
        }
    }
}

type BoardSession = Session<Box<dyn Port>>;

fn open(
    board: &Board,
    baud: Baud,
    core: &spec::core::NamedCore,
    image: &[u8],
    in_flight: usize,
) -> Result<(BoardSession, Option<u32>), Failure> {
    let Opened { port, patience, baud } = port::open(board, baud, core, None)?;
    let session = Session::open(port, patience, image, in_flight);
    session.map(|session| (session, baud)).map_err(|error| Failure::session(board, core, &error))
}

fn serve(session: &mut BoardSession, request: Request) -> Result<Reply, host::session::SessionError> {
    Ok(match request {
        Request::Tick(channels) => Reply::Ticks(vec![session.tick(&channels)?]),
        Request::Restart => session.restart().map(|()| Reply::Restarted)?,
        Request::Window(ticks) => Reply::Ticks(session.run_window(&ticks)?),
        Request::Statistics => Reply::Statistics(session.statistics()),
    })
}

fn unexpected() -> PyErr {
    BoardError::new_err("the board gave an answer to another question; open it again")
}
