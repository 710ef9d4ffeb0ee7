//! `motorsrnn live`: spikes as an acquisition system sends them, decided on while they come.

#[cfg(all(unix, feature = "brand"))]
mod brand;
mod decoding;
mod fitness;
mod lines;
mod loopback;
mod network;
mod number;
mod out;
mod output;
mod page;
mod reader;
mod recorder;
mod replay;
mod report;
mod scheduling;
mod scrub;
mod source;
mod summary;
#[cfg(feature = "tui")]
mod tui;

use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use clap::Args;
use live::histogram::{Histogram, Spread};
use live::source::{Source, SourceError};
use live::ticks::{Assembler, Counters, Options};
use live::window::{Decide, HISTORY_TICKS, MarkerRule, Rule, Windows};

pub(super) use self::replay::Replay;

use self::decoding::{Decoding, SessionFailure};
use self::lines::Ready;
use self::loopback::Loopback;
use self::network::{LiveNetwork, Task};
use self::number::{MS, to_ms};
use self::out::OutName;
use self::output::Outputs;
use self::page::Course;
use self::reader::Shared;
use self::recorder::Recorder;
use self::report::Report;
use self::scrub::Scrub;
use self::source::SourceName;
use super::adapt::{AdaptArgs, Adaptation};
use super::files::{self, Written};
use crate::baud::Baud;
use crate::board::{Board, Responder};
use crate::failure::{Failure, FailureKind};
use crate::interruption::Interruption;
use crate::link::Patience;
use crate::port::{self, Opened};
use crate::session::Session;

/// Ticks that may wait for the board before the source has to wait.
const TICKS_WAITING: usize = 1 << 14;
/// Frames in flight: enough to catch up, and few enough that a lost one costs little.
const IN_FLIGHT: usize = 4;
/// How long a board that does not answer can hold up an end that was asked for.
const LAST_PATIENCE: Duration = Duration::from_millis(350);
/// Times at which counters are kept.
const COURSE_MOST: usize = 1200;
/// A board answers within a few ticks, so the wait for a lost answer is short.
const PATIENCE: Patience = Patience { answer: Duration::from_millis(20), attempts: 8, follows_latency: true };

/// Options of `live`.
#[derive(Debug, Args)]
pub struct LiveArgs {
    /// Network image, with its companion <IMAGE>.json beside it
    #[arg(short, long, value_name = "IMAGE")]
    #[cfg_attr(all(unix, feature = "brand"), arg(required_unless_present = "brand"))]
    #[cfg_attr(not(all(unix, feature = "brand")), arg(required = true))]
    pub network: Option<PathBuf>,
    /// Run as a node of BRAND, whose flags follow: -n NICK -i HOST -p PORT [-s SOCKET]; parameters of the graph: `model_path`,
    /// `board`, `window`, `decide`, `record`, and those of other decoders
    #[cfg(all(unix, feature = "brand"))]
    #[arg(long, value_name = "FLAG", num_args = 0.., allow_hyphen_values = true, conflicts_with_all = ["source", "loopback"])]
    pub brand: Option<Vec<String>>,
    /// Where spikes come from: `stdin` or `tcp:HOST:PORT`, JSON Lines; `lsl:NAME`, `open-ephys:HOST:PORT`, `intan:HOST:PORT`
    /// [default: stdin]
    #[arg(short, long)]
    pub source: Option<SourceName>,
    /// Send this recording in real time into the session itself, and print histograms of the latencies; through JSON Lines over TCP,
    /// or as `--source` `lsl`, `open-ephys`, `intan` or `brand:HOST:PORT` (of a Redis server) says
    #[arg(long, value_name = "SESSION")]
    pub loopback: Option<PathBuf>,
    /// Where to decode: `model` (the reference model), `sim` (simulated hardware) or the path of a serial device
    #[arg(short, long, default_value_t = Board::Model)]
    pub board: Board,
    /// Baud rate of the serial line; `auto` tries those of all boards
    #[arg(long, default_value_t = Baud::Auto)]
    pub baud: Baud,
    /// Where windows begin: `marker:REGEX[+MS]`, `trigger[+MS]` (any marker) or `every:MS`; the offset is that of the training
    /// unless given [default: trigger]
    #[arg(short, long, value_name = "RULE")]
    pub window: Option<Rule>,
    /// When a window decides: `end`, `at:TICK` or `margin:SCORE,from:TICK`, the first tick from there on whose best score exceeds
    /// the second by SCORE or more [default: end]
    #[arg(long, value_name = "RULE")]
    pub decide: Option<Decide>,
    /// Record ticks, windows and lines in NAME.csv, NAME.trials.csv and NAME.jsonl
    #[arg(long, value_name = "NAME")]
    pub record: Option<PathBuf>,
    /// Also send every line to `udp:HOST:PORT`, one in a datagram, or decisions or values as the stream `lsl:NAME`
    #[arg(long, value_name = "WHERE")]
    pub out: Vec<OutName>,
    /// Also print the scores of every tick of a window
    #[arg(long)]
    pub scores: bool,
    /// Show spikes, outputs, decisions and latencies on the terminal of standard error; hides lines that would go to a terminal
    #[cfg(feature = "tui")]
    #[arg(long)]
    pub tui: bool,
    /// Write a page about the session at its end: latencies, counters over time, windows
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// What is learned from the windows
    #[command(flatten, next_help_heading = "Adaptation")]
    pub adapt: AdaptArgs,
    /// How long a tick of single spikes waits after its end, in ms [default: that of the source]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(..=1000))]
    pub hold_ms: Option<u32>,
    /// Rows that do not come for longer have stalled, in ms
    #[arg(long, value_name = "MS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub stall_ms: u32,
    /// Give a window up if it falls so far behind after it has begun, in ms; also lets a line be slow [default: the length of a window; never on
    /// simulated hardware]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=3_600_000))]
    pub max_age_ms: Option<u32>,
    /// Least time between checks of the board's memories, which are made between windows, in s
    #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = seconds)]
    pub check_s: f64,
}

/// Parses a time in seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let time = text.parse().ok().filter(|time| (0.0..=1e6).contains(time));
    time.ok_or_else(|| "give seconds, 0 to 1000000".to_owned())
}

/// Decodes until the source ends or `interruption` is requested.
///
/// # Errors
/// An input that cannot be used, a source or a board that is absent or fails, a recording that cannot be written.
pub fn run(args: LiveArgs, interruption: &Interruption) -> Result<(), Failure> {
    #[cfg(all(unix, feature = "brand"))]
    if let Some(flags) = args.brand.clone() {
        return brand::run(args, flags, interruption);
    }
    let mut source = args.source.clone().unwrap_or(SourceName::Stdin);
    session(args, &mut source, interruption)
}

impl LiveArgs {
    /// The files that it writes.
    fn outputs(&self) -> Vec<Written> {
        let recorded = self.record.iter().flat_map(|name| recorder::files_of(name)).map(|path| (path, "--record"));
        let page = self.report.clone().map(|path| (path, "--report"));
        self.adapt.outputs().into_iter().chain(recorded).chain(page).collect()
    }
}

/// A way in.
trait Way {
    /// Connects; a way in that is also a way out adds it to the outputs.
    fn open(&mut self, network: &LiveNetwork, outputs: &mut Outputs) -> Result<Box<dyn Source>, SourceError>;

    /// Says that everything is ready.
    fn ready(&mut self) -> Result<(), SourceError> {
        Ok(())
    }
}

impl Way for SourceName {
    fn open(&mut self, network: &LiveNetwork, _: &mut Outputs) -> Result<Box<dyn Source>, SourceError> {
        self.connect(network)
    }
}

fn session(args: LiveArgs, way: &mut dyn Way, interruption: &Interruption) -> Result<(), Failure> {
    let Some(path) = &args.network else {
        return Err(Failure::input("there is no network")
            .advise("give one with `--network`, or in a graph of BRAND as `model_path`"));
    };
    args.adapt.check(path)?;
    let recording = args.loopback.iter().flat_map(|recording| files::of_recording(recording));
    let named = args.source.iter().flat_map(SourceName::files);
    let inputs: Vec<PathBuf> = files::of_image(path).into_iter().chain(recording).chain(named).collect();
    files::check(&inputs, &args.outputs())?;
    let (mut network, mut adaptation) = LiveNetwork::open_adapting(path, &args.adapt)?;
    let windows = windows(&args, &network)?;
    fitness::set_latency_timer(&args.board);
    let opened = port::open(&args.board, args.baud, &network.core, None)?;
    let baud = opened.baud;
    let mut session = open_session(&args, &network, opened)?;
    let round_trip = fitness::round_trips(&mut session);
    let round_trip = round_trip.map_err(|error| Failure::session(&args.board, &network.core, &error))?;
    if args.max_age_ms.is_none() {
        let hop = if let Some(Rule::Every(hop)) = args.window { Some(hop) } else { None };
        fitness::check(&args.board, baud, &round_trip, session.in_flight(), &network.load(hop))?;
    }
    let mut outputs = Outputs::begin(hides_lines(&args));
    let mut on_clock = Vec::new();
    for out in &args.out {
        on_clock.extend(out.add(&network, &mut outputs)?);
    }
    let (loopback, source) = match &args.loopback {
        Some(path) => {
            let through = args.source.clone().unwrap_or(SourceName::Tcp(String::new()));
            let (loopback, source) = Loopback::open(path, &network, &through, args.window.as_ref())?;
            (Some(loopback), source)
        }
        None => (None, way.open(&network, &mut outputs).map_err(Failure::input)?),
    };
    source.warnings().iter().for_each(super::warn);
    let recorder = args.record.as_ref().map(|name| Recorder::begin(name, &network)).transpose()?;
    let shared = Arc::new(Shared::default());
    let described = source.describe();
    if let Some(adaptation) = &mut adaptation {
        adaptation.begin((&described, None), &args.board, None)?;
    }
    let options = options(&args, &network, source.as_ref())?;
    let report = Report::new(outputs, recorder, args.scores, network.tick);
    #[cfg(feature = "tui")]
    let screen = begin_screen(&args, &network, &shared)?;
    #[cfg(feature = "tui")]
    let report = report.shown_on(screen.as_ref().map(|screen| screen.sender.clone()));
    let scheduling = scheduling::policy();
    report.say(&ready(&args, &network, &session, &options, &described, &scheduling, round_trip), None);
    way.ready().map_err(Failure::input)?;

    // From here on a signal ends the session, not the process, so that files are whole.
    interruption.hold();
    let begin = Instant::now();
    let (sender, items) = sync_channel(TICKS_WAITING);
    let reading = thread::spawn({
        let (shared, mut source) = (Arc::clone(&shared), source);
        move || reader::read(source.as_mut(), Assembler::new(options), &sender, &shared, &on_clock)
    });
    let sending = loopback.map(|loopback| {
        let shared = Arc::clone(&shared);
        thread::spawn(move || loopback.serve(&shared))
    });
    let watching = thread::spawn({
        let (shared, interruption) = (Arc::clone(&shared), interruption.clone());
        move || watch(&shared, &interruption, begin)
    });
    let scrub = Scrub::new(Duration::from_secs_f64(args.check_s));
    let responder = args.board.responder();
    let mut decoding = Decoding::new(session, &mut network, windows, Arc::clone(&shared), report, scrub);
    decoding.decide = args.decide.unwrap_or_default();
    decoding.adaptation = adaptation;
    decoding.max_age = max_age(&args, decoding.network, responder);
    let mut decoded = decoding.run(&items);
    if decoded.is_ok() && !(shared.stops() && responder == Responder::Simulation) {
        decoded = decoding.last_check();
    }
    shared.stop.store(true, Ordering::SeqCst);
    shared.is_decoded.store(true, Ordering::SeqCst);
    drop(items);
    let duration = begin.elapsed();
    let (statistics, real_time_factor) = (decoding.session.statistics(), decoding.real_time_factor());
    let Decoding { report, scrub, adaptation, windows, .. } = decoding;
    let adapted = adaptation.map(Adaptation::end).transpose();
    let read = ended_or(reading, Ok(()));
    let sent = sending.map(|sending| ended_or(sending, Ok(Histogram::default()))).transpose();
    #[cfg(feature = "tui")]
    screen.into_iter().for_each(tui::Tui::end);
    let mut course = watching.join().unwrap_or_default();
    course.push((duration.as_secs_f64(), shared.counters()));
    let facts = summary::Facts {
        board: &args.board,
        network: &network,
        source: &described,
        scheduling: &scheduling,
        counters: shared.counters(),
        markers: windows.begin_at_markers().then(|| windows.unmatched()),
        checks: scrub.checks(),
        link: statistics,
        duration,
        real_time_factor,
        sent_late: sent.as_ref().ok().and_then(Option::as_ref),
        adaptation: adapted.as_ref().ok().and_then(Option::as_ref),
    };
    let ended = summary::end(report, &facts, args.report.as_deref(), &course);
    let failures = [
        decoded.err().map(|failure: SessionFailure| failure.failure(&args.board, &network)),
        read.err().map(Failure::input),
        sent.err().map(|error| Failure::input(format_args!("the loopback could not be sent: {error}"))),
        ended.err(),
        adapted.err(),
    ];
    // Each names what it has cost; the first is the outcome.
    let mut failures = failures.into_iter().flatten();
    let first = failures.next();
    failures.for_each(super::warn);
    first.map_or(Ok(()), Err)
}

/// What a thread returns that is to end; `otherwise` if it waits for somebody who does not answer.
fn ended_or<T>(thread: JoinHandle<T>, otherwise: T) -> T {
    let begin = Instant::now();
    while !thread.is_finished() {
        if begin.elapsed() > LAST_PATIENCE {
            return otherwise;
        }
        thread::sleep(Duration::from_millis(1));
    }
    thread.join().unwrap_or(otherwise)
}

/// What errors call the network.
fn network_name(args: &LiveArgs) -> String {
    args.network.as_ref().map_or_else(String::new, |path| path.display().to_string())
}

/// Whether lines would go to the terminal on which the screen is drawn.
fn hides_lines(args: &LiveArgs) -> bool {
    #[cfg(feature = "tui")]
    return args.tui && std::io::IsTerminal::is_terminal(&std::io::stdout());
    #[cfg(not(feature = "tui"))]
    {
        let _ = args;
        false
    }
}

#[cfg(feature = "tui")]
fn begin_screen(args: &LiveArgs, network: &LiveNetwork, shared: &Arc<Shared>) -> Result<Option<tui::Tui>, Failure> {
    let names = match &network.task {
        Task::Classes(classes) => &classes.names,
        Task::Values(values) => &values.names,
    };
    let begin = || tui::Tui::begin(names.clone(), network.n_channels, shared);
    let screen = args.tui.then(begin).transpose();
    screen.map_err(|cause| Failure::input(cause).advise("run it in a terminal, or leave out `--tui`"))
}

/// Ends the session when it is interrupted. Returns the counters about every second.
fn watch(shared: &Shared, interruption: &Interruption, begin: Instant) -> Course {
    let (mut course, mut every) = (vec![(0.0, Counters::default())], Duration::from_secs(1));
    let mut next = every;
    let mut interrupted: Option<Instant> = None;
    while !shared.is_decoded.load(Ordering::SeqCst) {
        if interruption.requested().load(Ordering::SeqCst) {
            shared.stop.store(true, Ordering::SeqCst);
            let since = interrupted.get_or_insert_with(Instant::now);
            if since.elapsed() > LAST_PATIENCE {
                eprintln!("motorsrnn: interrupted while the board did not answer; what was recorded is on the disk");
                process::exit(FailureKind::Interrupted.exit_code().into());
            }
        }
        if begin.elapsed() >= next {
            course.push((begin.elapsed().as_secs_f64(), shared.counters()));
            next += every;
        }
        if course.len() > COURSE_MOST {
            course = course.into_iter().step_by(2).collect();
            every *= 2;
        }
        thread::sleep(Duration::from_millis(10));
    }
    course
}

/// The windows that the network needs.
fn windows(args: &LiveArgs, network: &LiveNetwork) -> Result<Windows, Failure> {
    match &network.task {
        Task::Values(_) if args.window.is_some() || args.decide.is_some() || args.scores => {
            let cause = format_args!("{}: the network gives values at every tick, without windows", network_name(args));
            Err(Failure::input(cause).advise("leave out `--window`, `--decide` and `--scores`"))
        }
        Task::Values(_) => Ok(Windows::new(Rule::Run, network.tick, None)),
        Task::Classes(classes) => {
            if classes.n_ticks > HISTORY_TICKS as u64 {
                let cause = format_args!(
                    "{}: its windows have {} ticks, and {HISTORY_TICKS} are kept",
                    network_name(args),
                    classes.n_ticks
                );
                return Err(Failure::input(cause).advise("train with a shorter `--window-ms`, or longer ticks"));
            }
            let mut rule = args.window.clone().map_or_else(|| "trigger".parse(), Ok).map_err(Failure::input)?;
            match &mut rule {
                Rule::Marker(rule) => {
                    rule.offset.get_or_insert(classes.offset);
                }
                Rule::Every(hop) if *hop % network.tick != 0 => {
                    let cause = format_args!("windows every {} ms are no multiple of a tick", to_ms(*hop));
                    return Err(Failure::input(cause).advise(format_args!("a tick has {} ms", network.tick_ms())));
                }
                Rule::Every(_) | Rule::Run => {}
            }
            check_rules(args, &rule, network, classes.n_ticks)?;
            Ok(Windows::new(rule, network.tick, Some(classes.n_ticks)))
        }
    }
}

/// Refuses a decision that no window lives to see, and windows that begin before what is kept.
fn check_rules(args: &LiveArgs, rule: &Rule, network: &LiveNetwork, n_ticks: u64) -> Result<(), Failure> {
    if let Some(Decide::At(tick) | Decide::Margin { from: tick, .. }) = args.decide
        && tick > n_ticks
    {
        let cause = format_args!("`--decide` names tick {tick}, and a window has {n_ticks} ticks");
        return Err(Failure::input(cause).advise("give a tick of the window, or `--decide end`"));
    }
    let earliest = i64::try_from(HISTORY_TICKS).map_or(i64::MAX, |n_ticks| n_ticks.saturating_mul(network.tick));
    if let Rule::Marker(MarkerRule { offset: Some(offset), .. }) = rule
        && offset.saturating_neg() >= earliest
    {
        let cause = format_args!(
            "windows begin {} ms before their marker, and the last {} ms are kept",
            to_ms(-offset),
            to_ms(earliest)
        );
        return Err(Failure::input(cause).advise("give `--window` a smaller offset"));
    }
    Ok(())
}

fn open_session(
    args: &LiveArgs,
    network: &LiveNetwork,
    opened: Opened,
) -> Result<Session<Box<dyn port::Port>>, Failure> {
    let patience = match args.board {
        Board::Device(_) => PATIENCE,
        Board::Model | Board::Simulation => opened.patience,
    };
    Session::open(opened.port, patience, &network.bytes, IN_FLIGHT)
        .map_err(|error| Failure::session(&args.board, &network.core, &error))
}

fn options(args: &LiveArgs, network: &LiveNetwork, source: &dyn Source) -> Result<Options, Failure> {
    let row = source.row_length().unwrap_or(network.tick);
    if row <= 0 || network.tick % row != 0 {
        let cause = format_args!(
            "{}: its rows have {} ms, and a tick of the network {} ms",
            source.describe(),
            to_ms(row),
            network.tick_ms()
        );
        return Err(Failure::input(cause).advise("send rows whose length divides that of a tick"));
    }
    let ms = |ms: u32| i64::from(ms) * MS;
    Ok(Options {
        tick: network.tick,
        rows_per_tick: u32::try_from(network.tick / row).unwrap_or(u32::MAX),
        hold: args.hold_ms.map_or(source.hold(), ms),
        stall: ms(args.stall_ms),
        n_channels: network.n_channels,
    })
}

fn max_age(args: &LiveArgs, network: &LiveNetwork, responder: Responder) -> Option<i64> {
    let given = args.max_age_ms.map(|ms| i64::from(ms) * MS);
    given.or(match &network.task {
        Task::Classes(classes) if responder != Responder::Simulation => {
            i64::try_from(classes.n_ticks).ok().and_then(|n_ticks| n_ticks.checked_mul(network.tick))
        }
        _ => None,
    })
}

fn ready<'a>(
    args: &LiveArgs,
    network: &'a LiveNetwork,
    session: &Session<Box<dyn port::Port>>,
    options: &Options,
    source: &'a str,
    scheduling: &'a str,
    round_trip_us: Spread,
) -> Ready<'a> {
    let (window_ticks, outputs) = match &network.task {
        Task::Classes(classes) => (Some(classes.n_ticks), &classes.names[..]),
        Task::Values(values) => (None, &values.names[..]),
    };
    let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ready {
        program: concat!("motorsrnn ", env!("CARGO_PKG_VERSION")),
        source,
        board: args.board.to_string(),
        network_hash: &network.hash,
        n_channels: network.n_channels,
        tick_ms: network.tick_ms(),
        window_ticks,
        outputs,
        hold_ms: to_ms(options.hold),
        stall_ms: to_ms(options.stall),
        in_flight: session.in_flight(),
        round_trip_us,
        scheduling,
        started_unix_s: started.as_secs_f64(),
    }
}
