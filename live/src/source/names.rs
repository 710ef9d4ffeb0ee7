//! Names that an acquisition system gives to channels, in the order of the network's channels.

use std::collections::HashMap;
use std::fs;

use crate::source::SourceError;

/// Channels of a port of an Intan controller.
#[cfg(feature = "intan")]
const PORT_CHANNELS: u16 = 128;
const FILE_MAX_BYTES: u64 = 1 << 20;

/// Stands for the channel of a name that the network does not have.
pub(crate) const NO_CHANNEL: u16 = u16::MAX;

/// The channels of a network by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(HashMap<String, u16>);

impl Names {
    /// Reads a file with a name for each channel of the network, one a line, in their order.
    pub(crate) fn read(path: &str, n_channels: usize) -> Result<Self, SourceError> {
        let advice =
            "`channels=` takes a text file with a name for each channel of the network, one a line, in their order";
        let failed = |text: String| SourceError(format!("{path}: {text}; {advice}"));
        let length = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
        if length > FILE_MAX_BYTES {
            return Err(failed(format!("{length} bytes are too many for names of channels")));
        }
        let bytes = fs::read(path).map_err(|error| failed(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| failed("is not UTF-8".to_owned()))?;
        Self::parse(text.trim_start_matches('\u{feff}'), n_channels).map_err(failed)
    }

    pub(crate) fn parse(text: &str, n_channels: usize) -> Result<Self, String> {
        let mut names = HashMap::new();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        for (name, channel) in lines.zip(0..=u16::MAX) {
            if names.insert(name.to_owned(), channel).is_some() {
                return Err(format!("`{name}` is there twice"));
            }
        }
        if names.len() != n_channels {
            return Err(format!("has {} names, and the network {n_channels} channels", names.len()));
        }
        Ok(Self(names))
    }

    /// Native names of Intan RHX, port after port.
    #[cfg(feature = "intan")]
    pub(crate) fn native(n_channels: usize) -> Self {
        Self((0..=u16::MAX).take(n_channels).map(|channel| (native(channel), channel)).collect())
    }

    /// The channel of this name; none if the network does not have it.
    pub(crate) fn channel(&self, name: &str) -> Option<u16> {
        self.0.get(name).copied()
    }

    /// All names.
    #[cfg(any(feature = "intan", feature = "lsl"))]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The native name of a channel of Intan RHX whose ports are all full.
#[cfg(feature = "intan")]
pub(crate) fn native(channel: u16) -> String {
    let port = char::from_u32(u32::from('A') + u32::from(channel / PORT_CHANNELS)).unwrap_or('?');
    format!("{port}-{:03}", channel % PORT_CHANNELS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_channels_in_their_order() {
        let names = Names::parse("B-001\n\n A-000 \n", 2).unwrap();
        assert_eq!(["A-000", "B-001", "A-001"].map(|name| names.channel(name)), [Some(1), Some(0), None]);
        assert_eq!([0, 127, 128, 1023].map(native), ["A-000", "A-127", "B-000", "H-127"]);
        assert_eq!(Names::native(1024).channel("H-127"), Some(1023));
        assert_eq!(Names::parse("a\na\n", 2), Err("`a` is there twice".to_owned()));
        assert_eq!(Names::parse("a\n", 2), Err("has 1 names, and the network 2 channels".to_owned()));
    }
}
