//! Where a source is, as the command line says it: `HOST:PORT,option=value,…`.

use crate::source::SourceError;

/// An address and options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    options: Vec<(String, String)>,
}

impl Target {
    /// Reads them; without a host it is this computer, without a port the usual one.
    pub(crate) fn parse(source: &str, what: &str, usual_port: u16, options: &[&str]) -> Result<Self, SourceError> {
        let wrong = |text: String| SourceError(format!("{source}:{what}: {text}"));
        let mut target = Self { host: "127.0.0.1".to_owned(), port: usual_port, options: Vec::new() };
        for (position, part) in what.split(',').map(str::trim).enumerate() {
            match part.split_once('=') {
                Some((key, value)) if options.contains(&key) => target.options.push((key.to_owned(), value.to_owned())),
                Some((key, _)) => return Err(wrong(format!("`{key}` is none of {}", options.join(", ")))),
                None if position > 0 => return Err(wrong(format!("`{part}` has no value"))),
                None if part.is_empty() => {}
                None => {
                    let (host, port) = part.rsplit_once(':').map_or((part, None), |(host, port)| (host, Some(port)));
                    host.clone_into(&mut target.host);
                    if let Some(port) = port {
                        target.port = port.parse().map_err(|_| wrong(format!("`{port}` is no port")))?;
                    }
                }
            }
        }
        Ok(target)
    }

    /// The value of an option.
    pub(crate) fn option(&self, key: &str) -> Option<&str> {
        self.options.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str())
    }

    /// A rate of samples, in Hz.
    pub(crate) fn rate_hz(&self) -> Result<Option<f64>, SourceError> {
        let Some(text) = self.option("rate") else { return Ok(None) };
        match text.parse() {
            Ok(rate_hz) if rate_in_range(rate_hz) => Ok(Some(rate_hz)),
            _ => Err(SourceError(format!("rate={text}: a rate is 1 to 1000000 samples a second"))),
        }
    }
}

/// Whether a rate of samples, in Hz, can be one.
pub(crate) fn rate_in_range(rate_hz: f64) -> bool {
    (1.0..=1e6).contains(&rate_hz)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_left_out_are_as_usual() {
        let parse = |what: &str| Target::parse("intan", what, 5002, &["rate", "channels"]).map_err(|error| error.0);
        let target = |host: &str, port| (host.to_owned(), port);
        for (what, expected) in [
            ("", target("127.0.0.1", 5002)),
            ("lab:7", target("lab", 7)),
            ("lab", target("lab", 5002)),
            ("rate=30000", target("127.0.0.1", 5002)),
        ] {
            let found = parse(what).unwrap();
            assert_eq!((found.host, found.port), expected, "{what}");
        }
        let found = parse("lab:7,channels=a.txt,rate=30000").unwrap();
        assert_eq!((found.option("channels"), found.rate_hz().unwrap()), (Some("a.txt"), Some(30_000.0)));
        assert_eq!(parse("lab:x").unwrap_err(), "intan:lab:x: `x` is no port");
        assert_eq!(parse("lab,colour=red").unwrap_err(), "intan:lab,colour=red: `colour` is none of rate, channels");
        assert_eq!(parse("lab,rate").unwrap_err(), "intan:lab,rate: `rate` has no value");
        assert!(parse("rate=0").unwrap().rate_hz().is_err());
    }
}
