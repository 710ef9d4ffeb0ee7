//! `motorsrnn selftest`: whether a board works, step by step, as a report.

use std::env::consts::{ARCH, OS};
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use recording::{check_place, write_whole};
use serde::Serialize;
use spec::core::{CORES, ECP5_25F, NamedCore};
use spec::image::NetworkImage;

use super::{args, as_text, print_text, read_image};
use crate::baud::Baud;
use crate::board::{Board, Responder};
use crate::failure::Failure;
use crate::link::LinkStatistics;
use crate::port::{self, Opened};
use crate::progress;
use crate::selftest::{self, Expectation, Progress, Report, SelfTestError, Step, Verdict};

/// Options of `selftest`.
#[derive(Debug, Args)]
pub struct SelftestArgs {
    /// Board to test: `model` (the reference model), `sim` (simulated hardware) or the path of a serial device; the network on
    /// it is overwritten
    #[arg(short, long)]
    pub board: Board,
    /// Baud rate of the serial line; `auto` tries those of all boards
    #[arg(long, default_value_t = Baud::Auto)]
    pub baud: Baud,
    /// Core that the board must have, or that `model` and `sim` are given, see `boards` [default: any; that of the network, or ecp5-25f]
    #[arg(long, value_parser = args::core())]
    pub core: Option<NamedCore>,
    /// Network image, trained or imported, that is tested beside random ones
    #[arg(short, long, value_name = "IMAGE")]
    pub network: Option<PathBuf>,
    /// Random seed; the same seed repeats the same test
    #[arg(long, default_value_t = 1, value_parser = args::seed())]
    pub seed: u64,
    /// Also write what is printed to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

/// The last line.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "selftest")]
struct Summary<'a> {
    #[serde(flatten)]
    circumstances: &'a Circumstances<'a>,
    verdict: Verdict,
    passed: usize,
    failed: usize,
    skipped: usize,
    link: LinkStatistics,
}

/// What is tested, and by what.
#[derive(Serialize)]
struct Circumstances<'a> {
    program: &'static str,
    system: String,
    #[serde(serialize_with = "as_text")]
    board: &'a Board,
    responder: Responder,
    baud: Option<u32>,
    seed: u64,
}

/// Tests a board.
///
/// # Errors
/// The board is absent or fails, or the report cannot be written.
pub fn run(args: &SelftestArgs) -> Result<(), Failure> {
    let unwritable = |path, error| Failure::unwritable(path, &error);
    if let Some(path) = &args.output {
        check_place(path).map_err(|error| unwritable(path, error))?;
        check_replaced(path)?;
    }
    let network = args.network.as_deref().map(read_image).transpose()?.map(|(_, image)| image);
    let core = core(args, network.as_ref())?;
    let Opened { mut port, patience, baud } = port::open(&args.board, args.baud, &core, None)?;
    let circumstances = Circumstances {
        program: concat!("motorsrnn ", env!("CARGO_PKG_VERSION")),
        system: system(),
        board: &args.board,
        responder: args.board.responder(),
        baud,
        seed: args.seed,
    };

    // The report is exactly what was printed.
    let mut printed = String::new();
    let mut print = |text: String| {
        printed += &text;
        print_text(&text)
    };
    if !args.json {
        print(circumstances.text())?;
    }
    let expected = Expectation { seed: args.seed, core: args.core, network };
    let bar = progress::bar(0, "self-test");
    let mut show = |progress: Progress| {
        if progress.done == 0 {
            bar.begin(progress.of, progress.step);
        }
        bar.set(progress.done);
    };
    let tested = selftest::run(&mut port, patience, &expected, &mut show, |step| {
        let text = if args.json { json_line(step)? } else { step.text() };
        bar.suspend(|| print(text))
    });
    bar.finish();
    let report = tested.map_err(|error| match error {
        SelfTestError::Link(error) => Failure::session(&args.board, &core, &error.into()),
        SelfTestError::Output(failure) => failure,
    })?;
    let summary = Summary::of(&circumstances, &report);
    print(if args.json { json_line(&summary)? } else { summary.text() })?;
    if let Some(path) = &args.output {
        write_whole(path, printed.as_bytes()).map_err(|error| unwritable(path, error))?;
    }
    let failed: Vec<&Step> = report.failed().collect();
    if failed.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = failed.iter().map(|step| step.step).collect();
    Err(Failure::self_test(&args.board, &names, failed.iter().all(|step| step.is_of_link)))
}

/// The core of `model` and `sim`: the one that is asked for, or one that holds the network.
fn core(args: &SelftestArgs, network: Option<&NetworkImage>) -> Result<NamedCore, Failure> {
    let Some(network) = network else { return Ok(args.core.unwrap_or(ECP5_25F)) };
    let requirement = network.requirement();
    match args.core {
        Some(core) => core.configuration.accommodates(&requirement).map(|()| core).map_err(|misfit| {
            let cause = format_args!("the network does not fit the core {}: {misfit}", core.name);
            Failure::input(cause).advise("leave out `--core`, or give that of the network")
        }),
        None => {
            let holds = |core: &&NamedCore| core.configuration.accommodates(&requirement).is_ok();
            Ok(CORES.iter().find(holds).copied().unwrap_or(ECP5_25F))
        }
    }
}

/// Refuses to replace a file whose first bytes are not those of a self-test report.
fn check_replaced(path: &Path) -> Result<(), Failure> {
    let mut begin = Vec::new();
    let longest = BEGINNINGS.iter().map(|begin| begin.len()).max().unwrap_or(0) as u64;
    match File::open(path).and_then(|file| file.take(longest).read_to_end(&mut begin)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::unwritable(path, &error)),
        Ok(_) => {}
    }
    if begin.is_empty() || BEGINNINGS.iter().any(|known| begin.starts_with(known.as_bytes())) {
        return Ok(());
    }
    let path = path.display();
    Err(Failure::input(format_args!("{path} exists and is not a self-test report")).advise("name another file"))
}

/// How reports begin, as text and as JSON Lines.
const BEGINNINGS: [&str; 2] = ["self-test ", "{\"kind\":\"step\""];

fn json_line(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value)? + "\n")
}

/// The operating system, with its version if it has one.
fn system() -> String {
    #[cfg(unix)]
    let release = format!(" {}", rustix::system::uname().release().to_string_lossy());
    #[cfg(not(unix))]
    let release = "";
    format!("{OS}{release} {ARCH}")
}

impl Circumstances<'_> {
    fn text(&self) -> String {
        let Self { program, system, board, responder, baud, seed } = self;
        let what = match responder {
            Responder::Model => "the reference model",
            Responder::Simulation => "simulated hardware",
            Responder::Program => "a program behind a pseudo-terminal",
            Responder::Device => "a serial device",
        };
        let speed = baud.map_or_else(String::new, |baud| format!(" at {baud} baud"));
        format!("self-test    {program} on {system}, seed {seed}\nboard        {board}{speed} ({what})\n")
    }
}

impl<'a> Summary<'a> {
    fn of(circumstances: &'a Circumstances, report: &Report) -> Self {
        let count = |verdict| report.steps.iter().filter(|step| step.verdict == verdict).count();
        Self {
            circumstances,
            verdict: report.verdict(),
            passed: count(Verdict::Pass),
            failed: count(Verdict::Fail),
            skipped: count(Verdict::Skipped),
            link: report.link,
        }
    }

    fn text(&self) -> String {
        let Self { verdict, passed, failed, skipped, .. } = self;
        let LinkStatistics { frames, answers, crc_errors, resends, refusals, timeouts, restarts, .. } = self.link;
        let LinkStatistics { repeated_answers, bytes_sent, bytes_received, .. } = self.link;
        format!(
            "link         {frames} frames, {answers} answers, {crc_errors} CRC errors, {resends} resends, \
             {refusals} refusals, {repeated_answers} repeated answers, {timeouts} timeouts, {restarts} restarts, \
             {bytes_sent} bytes sent, {bytes_received} received\n\
             verdict      {}: {passed} passed, {failed} failed, {skipped} skipped\n",
            verdict.name(),
        )
    }
}
