//! The contents of a network image.

use std::fmt::Write;
use std::path::Path;

use import::ImportCard;
use recording::DEFAULT_ALIGN_COLUMN;
use serde::Serialize;
use spec::core::{CORES, CoreRequirement};
use spec::digest::sha256_hex;
use train::DecoderCard;
use train::decoder::Report;

use crate::failure::Failure;
use crate::verb::import::{auxiliary_text, output_text};
use crate::verb::{of_image, over_folds, percent, read_image};

/// What a network image holds.
#[derive(Serialize)]
pub(super) struct NetworkInfo {
    network_hash: String,
    n_bytes: usize,
    lanes: u8,
    n_channels: u16,
    n_neurons: usize,
    n_synapses: usize,
    n_readouts: usize,
    fullest_lane_synapses: u32,
    fits: Vec<&'static str>,
    companion: Option<DecoderCard>,
    import: Option<ImportCard>,
}

impl NetworkInfo {
    /// Reads an image, and the companion beside it if there is one.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let (bytes, image) = read_image(path)?;
        let network_hash = sha256_hex(&bytes);
        let import = ImportCard::read(path, &network_hash).map_err(Failure::input)?;
        let companion = if import.is_none() && DecoderCard::path_beside(path).exists() {
            Some(DecoderCard::read(path, &network_hash).map_err(Failure::input)?)
        } else {
            None
        };
        let need: CoreRequirement = image.requirement();
        Ok(Self {
            network_hash,
            n_bytes: bytes.len(),
            lanes: need.lanes,
            n_channels: image.n_channels,
            n_neurons: image.neurons.len(),
            n_synapses: image.n_synapses(),
            n_readouts: image.n_readouts(),
            fullest_lane_synapses: need.synapse_words_per_lane,
            fits: CORES
                .iter()
                .filter(|core| core.configuration.accommodates(&need).is_ok())
                .map(|core| core.name)
                .collect(),
            companion,
            import,
        })
    }

    pub(super) fn text(&self) -> String {
        let Self { network_hash, n_bytes, lanes, n_channels, n_neurons, n_synapses, n_readouts, .. } = self;
        let mut text = format!("network      {network_hash} ({n_bytes} bytes)\n");
        let _ = writeln!(
            text,
            "size         {n_channels} channels, {n_neurons} neurons, {n_synapses} synapses, {n_readouts} classes"
        );
        let _ = writeln!(
            text,
            "lanes        {lanes}, the fullest with {} synapses; fits core {}",
            self.fullest_lane_synapses,
            if self.fits.is_empty() { "none".to_owned() } else { self.fits.join(", ") }
        );
        if let Some(card) = &self.import {
            let _ = writeln!(text, "imported     {} by {}, ticks of {} ms", card.source, card.program, card.tick_ms);
            text += &auxiliary_text(card);
            let _ = writeln!(text, "output       {}", output_text(card));
        }
        if let Some(card) = &self.companion {
            let windows = &card.windows;
            let _ = writeln!(
                text,
                "trained on   {} by {}, topology {}",
                card.recording.name, card.program, card.topology.name
            );
            let _ = writeln!(
                text,
                "windows      {} ms from {} + {} ms, ticks of {} ms, classes {}",
                windows.window_ms,
                windows.align_column.as_deref().unwrap_or(DEFAULT_ALIGN_COLUMN),
                windows.offset_ms,
                windows.tick_ms,
                card.classes.join(" ")
            );
            let Report { accuracy_mean, accuracy_sd, folds, lda, .. } = card.report;
            let _ = writeln!(text, "accuracy     {}", of_image(card));
            let _ = writeln!(
                text,
                "training     {}; shrinkage LDA {}",
                over_folds(accuracy_mean, accuracy_sd, folds),
                percent(lda)
            );
        }
        text
    }
}
