//! PNG files of black and white pictures whose rows repeat, as those of a QR code do.
//!
//! Own code, since a general encoder with a general deflater costs every app 170 kB. Here each
//! different row is written as it is, and its repetitions as references to it: one deflate block
//! with the fixed codes (RFC 1951, 3.2.6), one bit a pixel.

/// A picture on its way.
pub(crate) struct Png {
    width: u32,
    height: u32,
    /// The zlib stream so far, without what still waits for a whole byte.
    zlib: Vec<u8>,
    waiting: u32,
    waiting_bits: u32,
    /// The two sums of Adler-32.
    adler: (u32, u32),
}

impl Png {
    /// A picture of so many pixels a row, from 9 on, so that a row alone is long enough to refer to,
    /// to 4096.
    pub(crate) fn new(width: u32) -> Self {
        let mut png = Self {
            width,
            height: 0,
            zlib: vec![0x78, 0x01],
            waiting: 0,
            waiting_bits: 0,
            adler: (1, 0),
        };
        // The last block, with fixed codes.
        png.bits(0b011, 3);
        png
    }

    /// Adds one row so many times: its pixels from the highest bit on, 1 for white.
    pub(crate) fn rows(&mut self, pixels: &[u8], times: u32) {
        let Some(repetitions) = times.checked_sub(1) else {
            return;
        };
        self.height += times;
        for _ in 0..times {
            self.sum(pixels);
        }
        // Each row begins with its filter: none.
        self.literal(0);
        for byte in pixels {
            self.literal(*byte);
        }
        let stride = u32::try_from(pixels.len()).unwrap_or(u32::MAX) + 1;
        self.repeat(stride, repetitions * stride);
    }

    /// The file.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        // The end of the block, and what fills its last byte.
        self.bits(0, 7 + 7);
        let (a, b) = self.adler;
        self.zlib.extend(((b << 16) | a).to_be_bytes());
        let mut header = [self.width.to_be_bytes(), self.height.to_be_bytes()].concat();
        // One bit of grey; deflate; the usual filters; not interlaced.
        header.extend([1, 0, 0, 0, 0]);
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut file, b"IHDR", &header);
        chunk(&mut file, b"IDAT", &self.zlib);
        chunk(&mut file, b"IEND", &[]);
        file
    }

    /// A row with its filter, in the checksum.
    fn sum(&mut self, pixels: &[u8]) {
        let (mut a, mut b) = self.adler;
        b += a;
        for byte in pixels {
            a += u32::from(*byte);
            b += a;
        }
        self.adler = (a % 65_521, b % 65_521);
    }

    fn literal(&mut self, byte: u8) {
        match u32::from(byte) {
            low @ ..144 => self.code(0x30 + low, 8),
            high => self.code(0x190 - 144 + high, 9),
        }
    }

    /// So many bytes again from `distance` before.
    fn repeat(&mut self, distance: u32, mut length: u32) {
        while length > 0 {
            // From 3 to 257 at a time; 258 is the longest, with a code of its own.
            let now = match length {
                258..=259 => 250,
                _ => length.min(257),
            };
            length -= now;
            let (code, extra_bits) = split(now - 3, 2);
            match code {
                ..23 => self.code(code + 1, 7),
                _ => self.code(0xc0 - 23 + code, 8),
            }
            self.bits(now - 3, extra_bits);
            let (code, extra_bits) = split(distance - 1, 1);
            self.code(code, 5);
            self.bits(distance - 1, extra_bits);
        }
    }

    /// A Huffman code, which begins with its highest bit.
    fn code(&mut self, code: u32, bits: u32) {
        self.bits(code.reverse_bits() >> (32 - bits), bits);
    }

    /// The lowest bits of a number, beginning with the lowest.
    fn bits(&mut self, number: u32, bits: u32) {
        self.waiting |= (number & ((1 << bits) - 1)) << self.waiting_bits;
        self.waiting_bits += bits;
        while self.waiting_bits >= 8 {
            let [byte, ..] = self.waiting.to_le_bytes();
            self.zlib.push(byte);
            self.waiting >>= 8;
            self.waiting_bits -= 8;
        }
    }
}

/// Which code stands for a number, and how many of its low bits follow: the code holds the
/// `precision` bits behind the highest.
fn split(number: u32, precision: u32) -> (u32, u32) {
    let extra_bits = (number | 1).ilog2().saturating_sub(precision);
    (
        (extra_bits << precision) + (number >> extra_bits),
        extra_bits,
    )
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    let start = file.len();
    file.extend(kind);
    file.extend(data);
    let mut crc = u32::MAX;
    for byte in file.iter().skip(start) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    file.extend((!crc).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What an independent decoder, which checks both checksums, sees.
    fn decode(file: &[u8]) -> (u32, Vec<bool>) {
        let picture = image::load_from_memory(file).unwrap().into_luma8();
        let white = picture.pixels().map(|pixel| pixel.0 == [255]).collect();
        (picture.width(), white)
    }

    /// Rows of a pattern, each so many times, through encoder and decoder.
    fn check(width: u32, rows: &[(u64, u32)]) {
        let mut png = Png::new(width);
        let mut wanted = Vec::new();
        for (pattern, times) in rows {
            let pixels: Vec<u8> = (0..width.div_ceil(8))
                .map(|byte| pattern.rotate_left(byte * 5).to_le_bytes()[0])
                .collect();
            png.rows(&pixels, *times);
            let is_white = |x: usize| pixels[x / 8] & (0x80 >> (x % 8)) != 0;
            let row: Vec<bool> = (0..width as usize).map(is_white).collect();
            wanted.extend(row.repeat(*times as usize));
        }
        assert!(
            decode(&png.finish()) == (width, wanted),
            "{width}: {rows:?}"
        );
    }

    #[test]
    fn repetitions_of_every_length_read_back() {
        let rows: Vec<(u64, u32)> = (0..280)
            .map(|times| (0x1f0f_3355 << (times % 32), times))
            .collect();
        for width in [9, 16, 29, 480, 491] {
            check(width, &rows);
        }
        check(4096, &rows[20..60]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_rows_read_back(
            width in 9_u32..600, rows in prop::collection::vec((any::<u64>(), 1_u32..30), 1..12),
        ) {
            check(width, &rows);
        }
    }
}
