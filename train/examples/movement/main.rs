//! Judges trainings on a stream: R² of the network, the Wiener and the Kalman filter on the last quarter or on blocks, and the time
//! that they take.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use recording::{BlockOptions, Recording, Series, Stream, StreamOptions, StreamSplit, Tables};
use train::Topology;
use train::movement::{MovementOptions, train_movement_decoder};

/// Options.
#[derive(Parser)]
struct Args {
    recording: PathBuf,
    target: String,
    #[arg(long, default_value_t = 4)]
    tick_ms: u32,
    #[arg(long, default_value_t = 0)]
    lag_ms: i32,
    #[arg(long)]
    derivative: bool,
    #[arg(long)]
    fill_gaps: bool,
    #[arg(long)]
    blocks: Option<usize>,
    #[arg(long)]
    hidden: Option<usize>,
    #[arg(long)]
    synapses: Option<usize>,
    #[arg(long)]
    epochs: Option<usize>,
    #[arg(long, default_value_t = 8)]
    weight_bits: u32,
    #[arg(long, default_value = Topology::FREE_RUNNING)]
    topology: String,
    #[arg(long, value_delimiter = ',', default_value = "1")]
    seeds: Vec<u64>,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[arg(long)]
    history: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let recording = Recording::open(&args.recording)?;
    let series = Series::open(&args.recording, &args.target)?;
    let options = StreamOptions {
        tick_ms: args.tick_ms,
        lag_ms: args.lag_ms,
        derivative: args.derivative,
        fill_gaps: args.fill_gaps,
        ..StreamOptions::default()
    };
    let stream = Stream::of(&recording, &series, None, &options)?;
    let trials = stream.trials(&recording, &options.selection).filter(|_| stream.is_in_trials());
    let split = match args.blocks {
        Some(blocks) => StreamSplit::blocks(&stream, blocks, trials.as_deref(), &BlockOptions::default())?,
        None => StreamSplit::last(&stream, 0.25, trials.as_deref(), &BlockOptions::default())?,
    };
    for &seed in &args.seeds {
        let options_of = MovementOptions {
            topology: Topology::load(&args.topology)?,
            n_neurons: args.hidden,
            n_synapses: args.synapses,
            epochs: args.epochs,
            core: None,
            weight_bits: args.weight_bits,
            seed,
            split: String::new(),
            n_threads: args.threads,
        };
        let start = Instant::now();
        let trained = train_movement_decoder(
            &recording,
            &Tables::default(),
            &stream,
            &split,
            &options,
            &options_of,
            &mut |progress| {
                if args.history {
                    eprintln!("{:?}", progress.epoch);
                }
                ControlFlow::Continue(())
            },
        )?;
        let report = &trained.decoder.card().report;
        let shown = |r2: Option<f64>| r2.map_or("none".to_owned(), |r2| format!("{r2:.4}"));
        println!(
            "seed {seed}: R2 {} ({:?}), Wiener {} ({:?} ms, ridge {:?}), Kalman {} ({:?} ms); {} synapses, {:.0} operations, {:.2} \
             spikes a tick, {} saturated, {} dead, lost {:.3}, {} ticks scored, {} trained; {:.1} s",
            shown(report.score.r2),
            report.r2_by_fold.iter().map(|r2| shown(*r2)).collect::<Vec<_>>(),
            shown(report.wiener.r2),
            report.wiener.history_ms,
            report.wiener.ridge,
            shown(report.kalman.r2),
            report.kalman.bin_ms,
            report.n_synapses,
            report.synaptic_operations_per_tick.mean,
            report.spikes_per_tick,
            report.saturated_neurons,
            report.dead_neurons,
            report.events_lost_share,
            report.score.n_ticks_scored,
            report.n_ticks_trained[0],
            start.elapsed().as_secs_f64()
        );
    }
    Ok(())
}
