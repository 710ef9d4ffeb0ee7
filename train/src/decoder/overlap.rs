//! What a training has seen of a recording, by the contents of both.

use recording::{Agreement, RecordingIdentity, Shared};

/// What training has seen of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingOverlap {
    /// All trials or ticks but the held-out ones: it is the recording that the decoder was trained on, or one of them.
    AllButHeldOut,
    /// Perhaps some of it: a part of it agrees with the recording of the training.
    Part(Shared),
    /// Unknown: the training was on arrays, or the recording has the name of that one and another hash, and one of the two has no
    /// content to compare.
    Unknown,
    /// Unknown: it has no spikes of that one, but trials at the same times, and so regular that they do not tell one session from
    /// another.
    RegularTimes(Shared),
    /// Nothing: it is another recording.
    Nothing,
}

/// What training on the recordings `trained` has seen of a recording; if it is one of these, with what stands beside that one.
pub(crate) fn overlap<'a, T>(
    trained: impl Iterator<Item = (&'a RecordingIdentity, T)>,
    recording: &RecordingIdentity,
) -> (TrainingOverlap, Option<T>) {
    let (mut shared, mut regular, mut is_unknown) = (Shared::default(), None, false);
    for (trained, beside) in trained {
        if trained.sha256 == recording.sha256 {
            return (TrainingOverlap::AllButHeldOut, Some(beside));
        }
        let (Some(found), Some(trained_content)) = (&recording.content, &trained.content) else {
            is_unknown |= trained.name == recording.name || trained.is_of_arrays();
            continue;
        };
        match found.agreement(trained_content) {
            Agreement::Same => return (TrainingOverlap::AllButHeldOut, Some(beside)),
            Agreement::Part(part) if (part.units, part.trials) > (shared.units, shared.trials) => shared = part,
            Agreement::RegularTimes(found) => regular = Some(found),
            Agreement::Part(_) | Agreement::Nothing => {}
        }
    }
    let overlap = match (shared, regular) {
        (Shared { units: 0, trials: 0, .. }, _) if is_unknown => TrainingOverlap::Unknown,
        (Shared { units: 0, trials: 0, .. }, Some(regular)) => TrainingOverlap::RegularTimes(regular),
        (Shared { units: 0, trials: 0, .. }, None) => TrainingOverlap::Nothing,
        (shared, _) => TrainingOverlap::Part(shared),
    };
    (overlap, None)
}
