//! The codes that the tests of ios/ have drawn, read by a decoder that knows nothing of the SDK.

use anyhow::{Context, Result, ensure};
use camino::Utf8Path;

use crate::{count::Counts, step::Step};

/// Each picture `NAME.pgm` has to hold what is in `NAME.txt`.
pub(super) fn decode(step: &mut Step, folder: &Utf8Path) -> Result<Counts> {
    let mut counts = Counts::default();
    for entry in folder.read_dir_utf8()? {
        let path = entry?.into_path();
        if path.extension() != Some("pgm") {
            continue;
        }
        let drawn = std::fs::read_to_string(path.with_extension("txt"))?;
        let read = read(&std::fs::read(&path)?);
        let is_right = read.as_ref().is_ok_and(|read| *read == drawn);
        if !is_right {
            step.note(&format!("{path} holds {drawn}, and is read as {read:?}"))?;
        }
        counts += Counts::one(is_right);
    }
    ensure!(
        counts.passed + counts.failed > 0,
        "no picture is in {folder}"
    );
    Ok(counts)
}

/// Reads a picture in portable grey, with its header in one line.
fn read(picture: &[u8]) -> Result<String> {
    let end = picture.iter().position(|byte| *byte == b'\n');
    let (header, pixels) = picture.split_at(end.context("it has no header")? + 1);
    let header = str::from_utf8(header)?.trim();
    let sides: Vec<usize> = (header.strip_prefix("P5 ").context("it is not of P5")?)
        .split(' ')
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let [width, height, 255] = sides[..] else {
        anyhow::bail!("its header is {header}");
    };
    ensure!(pixels.len() == width * height, "it is cut short");
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        pixels.get(y * width + x).copied().unwrap_or_default()
    });
    let codes = prepared.detect_grids();
    ensure!(codes.len() == 1, "it holds {} codes", codes.len());
    Ok(codes[0].decode()?.1)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_picture_without_a_code_is_told_from_one() {
        let mut white = b"P5 40 40 255\n".to_vec();
        white.extend([255; 1600]);
        assert_eq!(read(&white).unwrap_err().to_string(), "it holds 0 codes");
        assert_eq!(
            read(&white[..900]).unwrap_err().to_string(),
            "it is cut short"
        );
        assert!(read(b"").is_err());
    }
}
