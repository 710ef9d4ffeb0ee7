//! Coherence of the rates of two areas.

use std::f64::consts::{PI, TAU};

use nalgebra::Complex;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::analysis::statistics::{NullDistribution, mean, rng};
use crate::analysis::{AnalysisError, SpikeTrains};

/// Magnitude-squared coherence by frequency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coherence {
    /// Frequencies, from the first above 0 to half the tick rate. Their distance is one over the window's length: windows
    /// of 50 ms resolve nothing below 20 Hz.
    pub frequency_hz: Vec<f64>,
    /// 0 to 1. With n windows and nothing in common its mean is about 1 / n, not 0.
    pub coherence: Vec<f64>,
    /// Mean with the windows of one area shuffled, which keeps what is locked to the start of the window; empty without
    /// shuffles.
    pub shuffled: Vec<f64>,
    /// 95 % quantile over the shuffles, by frequency; empty without shuffles.
    pub shuffled_upper_95: Vec<f64>,
    /// One-sided p of the mean over frequencies against shuffles: more in common than the start of the window; `None`
    /// without shuffles.
    pub p: Option<f64>,
}

/// Mean rate of the units in each tick of each trial, `[trial][tick]`, spikes per second.
#[must_use]
pub fn area_rates(trains: &SpikeTrains) -> Vec<Vec<f64>> {
    let hz = 1e3 / (trains.tick_ms() * trains.n_units() as f64);
    trains.trials().iter().map(|ticks| ticks.iter().map(|units| units.len() as f64 * hz).collect()).collect()
}

/// |Sab|² / (Saa Sbb), the spectra averaged over windows (Welch 1967, IEEE Trans Audio Electroacoust 15:70; one segment a
/// window, mean removed, Hann taper). `a` and `b` are `[window][tick]`.
///
/// # Errors
/// Fewer than two windows, windows of fewer than four ticks or of different lengths, a tick that is not above 0.
pub fn coherence(
    a: &[Vec<f64>],
    b: &[Vec<f64>],
    tick_ms: f64,
    n_shuffles: usize,
    seed: u64,
) -> Result<Coherence, AnalysisError> {
    AnalysisError::check_same_length("windows of two areas", a.len(), b.len())?;
    let n_ticks = a.first().map_or(0, Vec::len);
    if a.len() < 2 || n_ticks < 4 || a.iter().chain(b).any(|window| window.len() != n_ticks) {
        let cause = format!("{} windows, the first of {n_ticks} ticks", a.len());
        return Err(AnalysisError::new("windows", cause, "give at least two, of one length of at least four ticks"));
    }
    if !(tick_ms > 0.0 && tick_ms.is_finite()) {
        return Err(AnalysisError::new("tick", format!("{tick_ms} ms"), "give a length above 0"));
    }
    let spectra = |windows: &[Vec<f64>]| -> Vec<Vec<Complex<f64>>> {
        let transform = Transform::new(n_ticks);
        windows.iter().map(|window| transform.of(window)).collect()
    };
    let (a, b) = (spectra(a), spectra(b));
    let mut partner: Vec<usize> = (0..a.len()).collect();
    let coherence = of_spectra(&a, &b, &partner);
    let mut rng = rng(seed, 0);
    let controls: Vec<Vec<f64>> = (0..n_shuffles)
        .map(|_| {
            partner.shuffle(&mut rng);
            of_spectra(&a, &b, &partner)
        })
        .collect();
    let at = |k: usize| NullDistribution { observed: coherence[k], null: controls.iter().map(|c| c[k]).collect() };
    let by_frequency: Vec<NullDistribution> =
        (0..coherence.len()).map(at).filter(|control| !control.null.is_empty()).collect();
    let over_frequencies = NullDistribution {
        observed: mean(&coherence).unwrap_or(0.0),
        null: controls.iter().filter_map(|control| mean(control)).collect(),
    };
    Ok(Coherence {
        frequency_hz: (1..=coherence.len()).map(|k| k as f64 * 1e3 / (n_ticks as f64 * tick_ms)).collect(),
        shuffled: by_frequency.iter().map(NullDistribution::mean).collect(),
        shuffled_upper_95: by_frequency.iter().map(NullDistribution::upper_95).collect(),
        p: (n_shuffles > 0).then(|| over_frequencies.p()),
        coherence,
    })
}

/// Discrete Fourier transform of tapered windows of one length, direct: windows are short, and each is transformed once.
struct Transform {
    taper: Vec<f64>,
    /// exp(-2 pi i k / n).
    roots: Vec<Complex<f64>>,
}

impl Transform {
    fn new(n_ticks: usize) -> Self {
        let part = |tick: usize| tick as f64 / n_ticks as f64;
        Self {
            taper: (0..n_ticks).map(|tick| (PI * part(tick)).sin().powi(2)).collect(),
            roots: (0..n_ticks).map(|k| Complex::from_polar(1.0, -TAU * part(k))).collect(),
        }
    }

    /// Frequencies 1 to half the ticks.
    fn of(&self, window: &[f64]) -> Vec<Complex<f64>> {
        let n = window.len();
        let mean = window.iter().sum::<f64>() / n as f64;
        let tapered: Vec<f64> = window.iter().zip(&self.taper).map(|(value, taper)| (value - mean) * taper).collect();
        let at = |k: usize| tapered.iter().enumerate().map(|(tick, value)| self.roots[k * tick % n] * *value).sum();
        (1..=n / 2).map(at).collect()
    }
}

/// Coherence of the windows of `a` with those of `b` in the order of `partner`; 0 where a spectrum is 0.
fn of_spectra(a: &[Vec<Complex<f64>>], b: &[Vec<Complex<f64>>], partner: &[usize]) -> Vec<f64> {
    let at = |k: usize| {
        let (mut cross, mut power_a, mut power_b) = (Complex::new(0.0, 0.0), 0.0, 0.0);
        for (a, &partner) in a.iter().zip(partner) {
            let (a, b) = (a[k], b[partner][k]);
            cross += a * b.conj();
            power_a += a.norm_sqr();
            power_b += b.norm_sqr();
        }
        let power = power_a * power_b;
        if power > 0.0 { (cross.norm_sqr() / power).min(1.0) } else { 0.0 }
    };
    (0..a[0].len()).map(at).collect()
}
