//! `motorsrnn decode --target` with an imported network: its outputs are the values of the axes.

use import::ImportCard;
use import::card::{OutputCard, OutputKind};
use recording::{Movement, Stream, StreamOptions};
use train::decoder::TrainingOverlap;
use train::movement::{AffineReadout, runs};

use super::super::args;
use super::super::decode::DecodeArgs;
use super::super::decode_imported::ImportedNetwork;
use super::decode::{FreeRun, check_args, warnings};
use crate::failure::Failure;
use crate::interruption::Interruption;

/// Decodes a recording with a network that was trained elsewhere.
///
/// # Errors
/// Outputs that are no values, or not one for each axis; an input cannot be used; the board is absent or fails, or its scores differ
/// from those of the reference model.
pub(in crate::verb) fn run(
    imported: &ImportedNetwork,
    args: &DecodeArgs,
    target: &str,
    interruption: &Interruption,
) -> Result<(), Failure> {
    let ImportedNetwork { bytes, image, n_channels, card, core } = imported;
    let of_network = |cause: String| Failure::input(format_args!("{}: {cause}", args.network.display()));
    check_args(args)?;
    check_outputs(card).map_err(of_network)?;
    let delay_ticks = delay_ticks(&card.outputs).map_err(of_network)? - i64::from(card.lead_in_ticks);
    let tick_ms = whole_ms(card.tick_ms).map_err(of_network)?;

    let recording = args::open(&args.recording, &args.selection.tables())?;
    let refuse = |error: recording::Error| Failure::recording(&recording.path, &error);
    let options = args.how.of(tick_ms, &args.selection);
    let movement = Movement::open(&recording.path, target, &options.score_in).map_err(refuse)?;
    let n_units = options.selection.choose(&recording).map_err(refuse)?.units.len();
    if n_units != *n_channels {
        let cause = format_args!(
            "{}: {n_units} units were chosen, and the network has {n_channels} channels",
            recording.path.display()
        );
        return Err(Failure::input(cause).advise("choose as many with `--units`, in the order of the channels"));
    }
    // What the values of a tick are about was earlier by the delay.
    let delay_ms = delay_ticks.saturating_mul(i64::from(tick_ms));
    let lag_ms = i32::try_from(i64::from(options.lag_ms).saturating_sub(delay_ms)).unwrap_or(i32::MIN);
    let as_run = StreamOptions { lag_ms, ..options.clone() };
    let stream = Stream::of(&recording, &movement.series, movement.mask.as_ref(), &as_run).map_err(refuse)?;
    if stream.axes.len() != card.outputs.len() {
        let names: Vec<&str> = card.outputs.iter().map(|output| output.name.as_str()).collect();
        let (axes, outputs) = (stream.axes.join(", "), names.join(", "));
        return Err(of_network(format!("its outputs are {outputs}, and the axes of {target} {axes}"))
            .advise("choose an axis for each output with `--axes`, in their order"));
    }
    let copies = u16::try_from(card.max_count.max(1)).unwrap_or(u16::MAX);
    let stream = stream.widened(copies, card.lead_in_ticks as usize);
    let runs = runs(&stream, &[stream.ticks()]);
    FreeRun {
        warnings: warnings(&recording, &stream, &options, movement.series.doubt_beside(&recording).into_iter())?,
        recording: &recording,
        stream: &stream,
        runs: &runs,
        bytes,
        network: image,
        core,
        network_hash: &card.network_hash,
        readout: &readout(card, image.n_readouts()),
        lag_ms: options.lag_ms,
        delay_ticks,
        ticks: "all, and what the training of an imported network has seen is not known".to_owned(),
        overlap: TrainingOverlap::Unknown,
        units: None,
    }
    .decode(args, interruption)
}

/// Refuses outputs that count spikes.
fn check_outputs(card: &ImportCard) -> Result<(), String> {
    let counts = card.auxiliary_neurons.iter().any(|auxiliary| auxiliary.role == "counter");
    match card.output {
        OutputKind::Values if !counts => Ok(()),
        OutputKind::Class if !counts => {
            Err("its outputs are taken for a class, not for values; import it with `--outputs value`".to_owned())
        }
        _ => Err(
            "its outputs are numbers of spikes, not values of a movement; read them from a layer that does not spike"
                .to_owned(),
        ),
    }
}

/// By how many ticks of the core all outputs are late.
fn delay_ticks(outputs: &[OutputCard]) -> Result<i64, String> {
    let mut lags = outputs.iter().map(|output| output.lag_ticks);
    let first = lags.next().unwrap_or(0);
    match lags.find(|lag| *lag != first) {
        None => Ok(first),
        Some(other) => Err(format!(
            "its outputs come {first} and {other} ticks late, so no tick has a value for each; give all the same delay in the file"
        )),
    }
}

/// The length of a tick as a whole number of milliseconds; those of streams are checked later.
fn whole_ms(tick_ms: f64) -> Result<u32, String> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of 1 to 1000")]
    match tick_ms.fract() == 0.0 && (1.0..=1000.0).contains(&tick_ms) {
        true => Ok(tick_ms as u32),
        false => Err(format!(
            "its ticks last {tick_ms} ms, and movement is decoded in ticks of whole milliseconds; give `--tick-ms` to the import"
        )),
    }
}

/// The values of outputs from the scores of all readouts.
fn readout(card: &ImportCard, n_readouts: usize) -> AffineReadout {
    let scale = |output: &OutputCard| {
        let mut scale = vec![0.0; n_readouts];
        scale[usize::from(output.readout)] = output.scale;
        scale
    };
    AffineReadout {
        scale: card.outputs.iter().map(scale).collect(),
        offset: card.outputs.iter().map(|output| output.offset).collect(),
    }
}
