//! Why a decoder cannot be fitted.

/// Why a decoder cannot be fitted; samples, channels and classes are counted from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum BaselineError {
    #[error("{samples} samples but {classes} classes; give one class for each sample")]
    Lengths { samples: usize, classes: usize },
    #[error("{samples} samples without a channel; give counts of one channel or more")]
    Empty { samples: usize },
    #[error("sample {sample} has {found} channels, the first has {expected}; give every sample the same channels")]
    Channels { sample: usize, found: usize, expected: usize },
    #[error("sample {sample}, channel {channel}: the count is {found}; counts are finite and not negative")]
    Count { sample: usize, channel: usize, found: f64 },
    #[error("sample {sample} is of class {class}; with {n_classes} classes they are numbered from 0")]
    Class { sample: usize, class: usize, n_classes: usize },
    #[error("class {class} has no sample; give each class samples to learn from, or number the classes without it")]
    ClassWithoutSamples { class: usize },
    #[error(
        "the counts vary too little for a covariance; give each class more samples, or leave out constant channels"
    )]
    SingularCovariance,
}
