//! What the lab streaming layer has on the wire, against what liblsl 1.18 sends.

use live::lsl::{
    ClockProbe, Config, Feed, Format, INFO_MAX_BYTES, ProtocolError, Query, Request, Sample, StreamInfo,
    TEXT_MAX_BYTES, Values, feed_answer, feed_request, quoted, time_answer,
};
use proptest::prelude::*;

/// After its headers, what liblsl sends for three channels: two test samples, then 1, -2, 100 at 1234.5 s and 0, 1, 2 at 1234.75 s.
const FEEDS: [(Format, &str); 6] = [
    (
        Format::Float32,
        "02c976be9f0c24fe40000080400000a0c00000c04002c976be9f0c24fe4000000040000040c0000080400200000000004a934000\
         00803f000000c00000c8420200000000004b9340000000000000803f00000040",
    ),
    (
        Format::Double64,
        "02c976be9f0c24fe40000000500000704100000060000070c1000000700000704102c976be9f0c24fe4000000030000070410000\
         0040000070c100000050000070410200000000004a9340000000000000f03f00000000000000c000000000000059400200000000\
         004b93400000000000000000000000000000f03f0000000000000040",
    ),
    (
        Format::Int32,
        "02c976be9f0c24fe4005000100fafffeff0700010002c976be9f0c24fe4003000100fcfffeff050001000200000000004a934001\
         000000feffffff640000000200000000004b9340000000000100000002000000",
    ),
    (
        Format::Int16,
        "02c976be9f0c24fe400501fafe070102c976be9f0c24fe400301fcfe05010200000000004a93400100feff64000200000000004b\
         9340000001000200",
    ),
    (Format::Int8, "02c976be9f0c24fe4005fa0702c976be9f0c24fe4003fc050200000000004a934001fe640200000000004b9340000102"),
    (
        Format::Int64,
        "02c976be9f0c24fe400500008000000000faffff7fffffffff070000800000000002c976be9f0c24fe400300008000000000fcff\
         ff7fffffffff05000080000000000200000000004a93400100000000000000feffffffffffffff64000000000000000200000000\
         004b9340000000000000000001000000000000000200000000000000",
    ),
];

const DESCRIPTION: &str = "<?xml version=\"1.0\"?>
<info>
\t<name>cap</name>
\t<type>x</type>
\t<channel_count>3</channel_count>
\t<channel_format>float32</channel_format>
\t<source_id>src1</source_id>
\t<nominal_srate>0.000000000000000</nominal_srate>
\t<version>1.100000000000000</version>
\t<created_at>1590.193567796000</created_at>
\t<uid>8b647462-0bdb-4c86-ac89-9189b335e588</uid>
\t<session_id>cap1</session_id>
\t<hostname>vm</hostname>
\t<v4address />
\t<v4data_port>23000</v4data_port>
\t<v4service_port>23001</v4service_port>
\t<v6address />
\t<v6data_port>0</v6data_port>
\t<v6service_port>0</v6service_port>
\t<desc />
</info>
";

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn samples(mut bytes: &[u8], format: Format, n_channels: usize) -> Vec<Sample> {
    let mut samples = Vec::new();
    while let Some((sample, length)) = Sample::decode(bytes, format, n_channels).unwrap() {
        bytes = &bytes[length..];
        samples.push(sample);
    }
    assert!(bytes.is_empty(), "{bytes:?}");
    samples
}

/// Values of a format from integers that all formats have.
pub fn values(format: Format, numbers: &[i8]) -> Values {
    match format {
        Format::Float32 => Values::Float32(numbers.iter().map(|number| (*number).into()).collect()),
        Format::Double64 => Values::Double64(numbers.iter().map(|number| (*number).into()).collect()),
        Format::Text => Values::Text(numbers.iter().map(|number| number.to_string().into_bytes()).collect()),
        Format::Int32 => Values::Int32(numbers.iter().map(|number| (*number).into()).collect()),
        Format::Int16 => Values::Int16(numbers.iter().map(|number| (*number).into()).collect()),
        Format::Int8 => Values::Int8(numbers.to_vec()),
        Format::Int64 => Values::Int64(numbers.iter().map(|number| (*number).into()).collect()),
    }
}

#[test]
fn samples_of_liblsl_are_read_and_written() {
    for (format, hex) in FEEDS {
        let bytes = bytes(hex);
        let [first, second, third, fourth] = &samples(&bytes, format, 3)[..] else { panic!("{format:?}") };
        assert_eq!(first, &Sample::test_pattern(format, 3, 4), "{format:?}");
        assert_eq!(second, &Sample::test_pattern(format, 3, 2), "{format:?}");
        assert_eq!(third, &Sample { stamp_s: Some(1234.5), values: values(format, &[1, -2, 100]) });
        assert_eq!(fourth, &Sample { stamp_s: Some(1234.75), values: values(format, &[0, 1, 2]) });
        assert_eq!((third.values.positive(), third.values.integer(1)), (vec![0, 2], Some(-2)), "{format:?}");
        let mut written = Vec::new();
        [first, second, third, fourth].iter().for_each(|sample| sample.encode(&mut written));
        assert_eq!(written, bytes, "{format:?}");
    }
}

#[test]
fn texts_of_liblsl_are_read_and_written() {
    let test = b"\x02\xc9v\xbe\x9f\x0c$\xfe@\x01\x0210\x01\x03-11\x01\x0212";
    let sample = [&b"\x02\x00\x00\x00\x00\x00J\x93@\x01\x01a\x01\x00\x04,\x01\x00\x00"[..], &[b'x'; 300]].concat();
    let bytes = [&test[..], test, &sample].concat();
    let [first, second, third] = &samples(&bytes, Format::Text, 3)[..] else { panic!() };
    assert_eq!(first, &Sample::test_pattern(Format::Text, 3, 4));
    assert_eq!(second, &Sample::test_pattern(Format::Text, 3, 2));
    let texts = vec![b"a".to_vec(), Vec::new(), vec![b'x'; 300]];
    assert_eq!(third, &Sample { stamp_s: Some(1234.5), values: Values::Text(texts) });
    let mut written = Vec::new();
    [first, second, third].iter().for_each(|sample| sample.encode(&mut written));
    assert_eq!(written, bytes);
}

#[test]
fn samples_beyond_a_limit_are_refused_before_they_are_there() {
    let error = |bytes: &[u8], format, n_channels| Sample::decode(bytes, format, n_channels).unwrap_err().0;
    assert!(error(&[3], Format::Int8, 1).contains("tag 3"));
    assert!(error(&[1], Format::Double64, 1 << 24).contains("longer than"));
    assert!(error(&[1, 3, 0, 0, 0], Format::Text, 1).contains("3 bytes"));
    let length = u32::try_from(TEXT_MAX_BYTES + 1).unwrap().to_le_bytes();
    assert!(error(&[&[1, 4][..], &length].concat(), Format::Text, 1).contains("longer than"));
    assert!(error(&[&[1, 8][..], &[0xff; 8]].concat(), Format::Text, 1).contains("longer than"));
    // Of sixteen texts, each of which is short enough.
    let text = [&[4][..], &u32::try_from(TEXT_MAX_BYTES).unwrap().to_le_bytes(), &vec![0; TEXT_MAX_BYTES]].concat();
    assert!(error(&[&[1][..], &text.repeat(16)].concat(), Format::Text, 16).contains("longer than"));
}

fn info() -> StreamInfo {
    StreamInfo::parse(DESCRIPTION.as_bytes()).unwrap()
}

#[test]
fn a_description_of_liblsl_is_read() {
    let info = info();
    assert_eq!((info.name.as_str(), info.kind.as_str(), info.source_id.as_str()), ("cap", "x", "src1"));
    assert_eq!((info.n_channels, info.format, info.rate_hz, info.version), (3, Format::Float32, 0.0, 110));
    assert_eq!((info.data_port, info.service_port, info.is_regular()), (23_000, 23_001, false));
    assert_eq!((info.session_id.as_str(), info.hostname.as_str()), ("cap1", "vm"));
    assert_eq!(StreamInfo::parse(info.to_xml(false).as_bytes()), Ok(info.clone()));
    let labelled = StreamInfo { labels: vec!["<1>".to_owned()], ..info.clone() };
    assert!(labelled.to_xml(true).contains("<label>&lt;1&gt;</label>"));
    assert_eq!(StreamInfo::parse(labelled.to_xml(true).as_bytes()), Ok(labelled));
}

#[test]
fn a_description_that_cannot_be_used_is_refused_with_the_field() {
    let error = |old: &str, new: &str| StreamInfo::parse(DESCRIPTION.replace(old, new).as_bytes()).unwrap_err().0;
    for (old, new, part) in [
        ("<name>cap</name>", "", "no <name>"),
        (">3<", ">0<", "<channel_count> `0`"),
        (">3<", ">70000<", "<channel_count> `70000`"),
        (">float32<", ">float16<", "`float16`"),
        (">23000<", ">230000<", "<v4data_port> `230000`"),
        (">0.000000000000000<", ">-1<", "<nominal_srate> `-1`"),
        (">1.100000000000000<", ">inf<", "<version> `inf`"),
        ("</info>", "", "not XML"),
        ("info>", "html>", "<html>"),
    ] {
        let error = error(old, new);
        assert!(error.contains(part), "{error}");
    }
    assert!(StreamInfo::parse(&vec![b' '; INFO_MAX_BYTES + 1]).unwrap_err().0.contains("at most"));
    // Entities that grow without bounds.
    let bomb = format!("<!DOCTYPE info [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>{DESCRIPTION}");
    assert!(StreamInfo::parse(bomb.replace("<?xml version=\"1.0\"?>", "").as_bytes()).is_err());
}

#[test]
fn questions_match_as_in_xpath() {
    for (query, expected) in [
        ("", true),
        ("session_id='cap1'", true),
        ("session_id='cap1' and name='cap' and type=\"x\"", true),
        ("name='cap' and type='y' or hostname='vm'", true),
        ("name='cap' and (type='y' or hostname='other')", false),
        ("channel_count='3' and nominal_srate='0'", true),
        ("channel_count=3 and nominal_srate = 0.0", true),
        ("name!='cap'", false),
        ("not(name='cap')", false),
        ("contains(name, 'a') and starts-with(source_id,'src')", true),
        ("unknown='cap'", false),
    ] {
        assert_eq!(Query::parse(query).map(|query| query.matches(&info())), Some(expected), "{query}");
    }
    let deep = format!("{}name='a'{}", "(".repeat(100), ")".repeat(100));
    for query in ["name=", "name='cap", "name='cap')", "count(desc/channels)>1", "name='cap' and", "name", &deep] {
        assert_eq!(Query::parse(query), None, "{query}");
    }
    assert_eq!(quoted("it's"), Some("\"it's\"".to_owned()));
    assert_eq!([quoted("'\""), quoted("a\nb")], [None, None]);
}

#[test]
fn a_request_for_samples_is_read_back() {
    let request = feed_request(&info());
    let (parsed, length) = Request::parse(format!("{request}more").as_bytes()).unwrap().unwrap();
    assert_eq!(length, request.len());
    let Request::Feed { version, uid, value_bytes, buffer_samples } = parsed else { panic!("{parsed:?}") };
    assert_eq!((version, uid, value_bytes), (110, info().uid, Some(4)));
    assert!(buffer_samples.unwrap() >= 100_000);
    for n_bytes in 0..request.len() {
        assert_eq!(Request::parse(&request.as_bytes()[..n_bytes]), Ok(None));
    }
    let query = Request::ShortInfo { query: "name='a'".to_owned() };
    assert_eq!(Request::parse(b"LSL:shortinfo\r\nname='a'\r\n"), Ok(Some((query, 25))));
    assert_eq!(Request::parse(b"LSL:fullinfo\r\n"), Ok(Some((Request::FullInfo, 14))));
    assert!(Request::parse(b"GET / HTTP/1.1\r\n").is_err());
    assert!(Request::parse(b"LSL:streamfeed\r\n").is_err());
    assert!(Request::parse(&[b'x'; 1 << 15]).unwrap_err().0.contains("longer than"));
    let endless = ["LSL:streamfeed/110 u\r\n", &"a: b\r\n".repeat(1 << 13)].concat();
    assert!(Request::parse(endless.as_bytes()).unwrap_err().0.contains("longer than"));
}

#[test]
fn an_answer_is_accepted_only_for_what_is_read() {
    let answer = feed_answer("u1");
    assert_eq!(Feed::parse(answer.as_bytes(), "u1"), Ok(Some((Feed::Served, answer.len()))));
    assert_eq!(Feed::parse(answer.as_bytes(), "u2").unwrap().unwrap().0, Feed::Stale);
    assert_eq!(Feed::parse(b"LSL/110 404 Not found", "u1").unwrap().unwrap().0, Feed::Stale);
    for n_bytes in 0..answer.len() {
        assert_eq!(Feed::parse(&answer.as_bytes()[..n_bytes], "u1"), Ok(None));
    }
    for (old, new, part) in [
        ("1234", "4321", "byte-order 4321"),
        ("Version: 110", "Version: 100", "data-protocol-version 100"),
        ("Subnormals: 0", "Subnormals: 1", "suppress-subnormals 1"),
        ("Data-Protocol-Version: 110\r\n", "", "does not say"),
        ("200 OK", "505 Version not supported", "505"),
        ("LSL/110", "HTTP/1.1", "not one of the lab streaming layer"),
    ] {
        let Err(ProtocolError(error)) = Feed::parse(answer.replace(old, new).as_bytes(), "u1") else { panic!("{new}") };
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn settings_of_liblsl_are_read() {
    let text = "[ports]\nBasePort = 20000\nPortRange = 4 ; few\nMulticastPort=19999\nIPv6 = disable\n[multicast]\n\
        ResolveScope = machine\n[lab]\nKnownPeers = {10.0.0.1, lab-2}\nSessionID = rig3\n";
    let config = Config::parse(text.as_bytes());
    assert_eq!((config.shared_port, config.session_id.as_str()), (19_999, "rig3"));
    assert_eq!(Vec::from_iter(config.ports()), [20_000, 20_001, 20_002, 20_003]);
    assert_eq!(config.peers, ["10.0.0.1", "lab-2"]);
    assert_eq!(config.addresses, [std::net::Ipv4Addr::LOCALHOST]);
    assert_eq!(Config::parse(b""), Config::default());
    assert_eq!(Config::default().addresses.len(), 5);
    let replaced = Config::parse(b"[multicast]\nAddressesOverride = {224.0.0.5}\nResolveScope = link");
    assert_eq!(replaced.addresses, [std::net::Ipv4Addr::new(224, 0, 0, 5)]);
    assert_eq!(Config::parse(b"[ports]\nBasePort = 65535\nPortRange = 9").ports().count(), 0);
}

proptest! {
    #[test]
    fn the_quickest_answer_tells_the_clock(
        offset in -1_000_000_000_000i64..1_000_000_000_000, delays in proptest::collection::vec((0..5_000_000i64, 0..5_000_000i64), 8)
    ) {
        let mut now = 5_000_000_000_000;
        let mut probe = ClockProbe::new(now, 7);
        for (there, back) in &delays {
            let (question, none) = probe.step(now);
            prop_assert!(none.is_none());
            let arrived = now + there - offset;
            let answer = time_answer(question.unwrap().as_bytes(), arrived, arrived).unwrap();
            probe.answer(now + there + back, b"garbage");
            probe.answer(now + there + back, answer.as_bytes());
            now = probe.next().max(now + there + back);
        }
        let (question, estimate) = probe.step(now);
        prop_assert!(question.is_none());
        let estimate = estimate.unwrap();
        let (there, back) = delays.iter().min_by_key(|(there, back)| there + back).unwrap();
        // Times are sent as decimal numbers of some 16 digits.
        prop_assert!((estimate.round_trip - (there + back)).abs() < 4_000, "{estimate:?}");
        prop_assert!((estimate.offset - offset).abs() <= (there + back) / 2 + 4_000, "{estimate:?}");
    }

    #[test]
    fn samples_survive_the_wire(
        texts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..600), 1..5),
        numbers in proptest::collection::vec(any::<f64>(), 1..40),
        stamp_s in proptest::option::of(0.0..1e9f64),
        cut in 0.0..1.0f64,
    ) {
        let n = [texts.len(), numbers.len()];
        let n_numbers = numbers.clone();
        for (values, n_channels) in [(Values::Text(texts), n[0]), (Values::Double64(n_numbers), n[1])] {
            let sample = Sample { stamp_s, values };
            let format = sample.values.format();
            let mut bytes = Vec::new();
            sample.encode(&mut bytes);
            let read = Sample::decode(&[&bytes[..], &[2; 9]].concat(), format, n_channels).unwrap();
            prop_assert_eq!(read, Some((sample, bytes.len())));
            let cut = (cut * bytes.len() as f64) as usize;
            prop_assert_eq!(Sample::decode(&bytes[..cut], format, n_channels), Ok(None));
        }
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), n_channels in 1..9usize) {
        let tagged = [&[1], &bytes[..]].concat();
        for format in Format::ALL {
            let _ = (Sample::decode(&bytes, format, n_channels), Sample::decode(&tagged, format, n_channels));
        }
        let text = String::from_utf8_lossy(&bytes);
        let _ = (StreamInfo::parse(&bytes), Query::parse(&text), Request::parse(&bytes), Feed::parse(&bytes, "u"));
        let _ = (Config::parse(&bytes), time_answer(&bytes, 0, 0), ClockProbe::new(0, 0).answer(0, &bytes));
    }
}
