//! The vector instructions of this processor, with which the last digits of a result can change.

/// The widest of those that the arithmetic chooses between.
#[must_use]
pub fn vector_instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    return if std::arch::is_x86_feature_detected!("avx512f") {
        "AVX-512"
    } else if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        "AVX2 and FMA"
    } else {
        "SSE2"
    };
    #[cfg(not(target_arch = "x86_64"))]
    std::env::consts::ARCH
}
