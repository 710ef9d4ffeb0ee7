//! What a link learns from the answers.

use model::ModelBoard;
use spec::core::UP5K;

use super::*;

/// A board whose next answers disappear.
struct Losing {
    board: ModelBoard,
    n_to_lose: usize,
}

impl Read for Losing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n_bytes = self.board.read(buffer)?;
        if self.n_to_lose == 0 {
            return Ok(n_bytes);
        }
        self.n_to_lose -= 1;
        Err(ErrorKind::TimedOut.into())
    }
}

impl Write for Losing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.board.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_answer_to_a_repeated_frame_keeps_the_wait_and_tells_no_latency() {
    let patience = Patience { answer: Duration::from_millis(20), ..Patience::default() };
    let port = Losing { board: ModelBoard::new(UP5K.configuration), n_to_lose: 0 };
    let mut link = Link::new(port, patience);
    link.hello().unwrap();
    link.latencies.add(Duration::from_millis(1));
    link.port_mut().n_to_lose = 2;
    link.call(Command::Status).unwrap();
    let mut expected = Latencies::default();
    expected.add(Duration::from_millis(1));
    expected.keep(4 * patience.answer);
    assert_eq!(link.latencies, expected);
}
