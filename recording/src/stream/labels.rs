//! Samples of a series on the grid of ticks. Nothing is filtered: a label may use the next sample, an input never does.

use crate::Series;
use crate::series::HOLE_INTERVALS;
use crate::windows::to_ns;

/// The samples of some axes that have all their values, within the range of single precision.
pub(super) struct Samples {
    times_ns: Vec<i64>,
    /// `[n_samples][n_axes]`
    values: Vec<f64>,
    n_axes: usize,
    /// The longest time between samples that is no hole.
    longest_ns: i64,
    /// The median time between samples.
    interval_ns: i64,
}

impl Samples {
    /// Of these axes; a time between samples up to `least_ns` is no hole.
    pub(super) fn of(series: &Series, axes: &[usize], least_ns: i64) -> Samples {
        let interval_s = series.median_interval_s().unwrap_or(0.0);
        let (mut times_ns, mut values) = (Vec::new(), Vec::new());
        for (sample, row) in series.values.chunks_exact(series.axes.len().max(1)).enumerate() {
            // Labels have single precision.
            if axes.iter().all(|&axis| row[axis].abs() <= f64::from(f32::MAX)) {
                times_ns.push(to_ns(series.time_s(sample)));
                values.extend(axes.iter().map(|&axis| row[axis]));
            }
        }
        let longest_ns = to_ns(HOLE_INTERVALS * interval_s).max(least_ns);
        Samples { times_ns, values, n_axes: axes.len(), longest_ns, interval_ns: to_ns(interval_s) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.times_ns.is_empty()
    }

    /// What holds from a time, excluded, to another, included; false if that is unknown.
    pub(super) fn mean(&self, from_ns: i64, to_ns: i64, label: &mut [f64]) -> bool {
        let first = self.times_ns.partition_point(|&time| time <= from_ns);
        let n_within = self.times_ns[first..].iter().take_while(|&&time| time <= to_ns).count();
        // With about one sample a tick, which one it is would depend on the jitter of its time.
        if n_within == 0 || 2 * self.interval_ns > to_ns - from_ns {
            return self.at(from_ns + (to_ns - from_ns) / 2, label);
        }
        let rows = self.values[first * self.n_axes..].chunks_exact(self.n_axes).take(n_within);
        label.fill(0.0);
        for row in rows {
            for (sum, value) in label.iter_mut().zip(row) {
                *sum += value / n_within as f64;
            }
        }
        true
    }

    /// The change from a time to another, per second; false if that is unknown.
    pub(super) fn change(&self, from_ns: i64, to_ns: i64, label: &mut [f64]) -> bool {
        let mut before = vec![0.0; label.len()];
        if !(self.at(from_ns, &mut before) && self.at(to_ns, label)) {
            return false;
        }
        let span_s = (to_ns - from_ns) as f64 / 1e9;
        for (value, before) in label.iter_mut().zip(before) {
            *value = (*value - before) / span_s;
        }
        true
    }

    /// The value at a time, on a straight line between the samples around it; false in a hole and outside of the samples.
    fn at(&self, time_ns: i64, label: &mut [f64]) -> bool {
        let after = self.times_ns.partition_point(|&time| time < time_ns);
        let row = |sample: usize| &self.values[sample * self.n_axes..(sample + 1) * self.n_axes];
        match self.times_ns.get(after) {
            Some(&time) if time == time_ns => {
                label.copy_from_slice(row(after));
                true
            }
            Some(&time) if after > 0 => {
                let span_ns = time - self.times_ns[after - 1];
                let part = (time_ns - self.times_ns[after - 1]) as f64 / span_ns as f64;
                for ((value, before), next) in label.iter_mut().zip(row(after - 1)).zip(row(after)) {
                    *value = before + part * (next - before);
                }
                span_ns <= self.longest_ns
            }
            _ => false,
        }
    }

    /// The first axis of the last sample at or before a time; none in a hole and outside of the samples.
    pub(super) fn held(&self, time_ns: i64) -> Option<f64> {
        let sample = self.times_ns.partition_point(|&time| time <= time_ns).checked_sub(1)?;
        (time_ns - self.times_ns[sample] <= self.longest_ns).then(|| self.values[sample * self.n_axes])
    }
}

/// Refuses values that single precision, in which labels are kept, cannot tell apart or hold.
pub(super) fn check_precision(series: &Series, axis: usize) -> Result<(), String> {
    /// Of the range of the values, what single precision must tell apart.
    const FINEST: f64 = 1e-4;
    let of_axis = series.values.iter().skip(axis).step_by(series.axes.len()).filter(|value| value.is_finite());
    let (low, high) =
        of_axis.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
    let (range, largest) = (high - low, low.abs().max(high.abs()));
    let is_held = largest <= f64::from(f32::MAX).sqrt() && range >= f64::from(f32::MIN_POSITIVE).sqrt();
    if range <= 0.0 || is_held && largest * f64::from(f32::EPSILON) <= FINEST * range {
        return Ok(());
    }
    Err(format!(
        "axis {} goes from {low:e} to {high:e}, which single precision does not tell apart; take off the offset, or use a larger or \
         smaller unit",
        series.axes[axis]
    ))
}
