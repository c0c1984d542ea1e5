//! Drawing a code under the mask that scanners like best (ISO/IEC 18004, 7.8.3).
//!
//! Own code, since that of the crate, which asks for each module through a boxed closure, takes most of
//! the time that a code takes, and more space than this.

use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::{Color, EcLevel, QrResult, ec};

const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// The modules of a code, row by row; `true` is dark.
pub(crate) fn draw(bits: Bits, level: EcLevel) -> QrResult<Vec<bool>> {
    let version = bits.version();
    let (data, correction) = ec::construct_codewords(&bits.into_bytes(), version, level)?;
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    let width = usize::try_from(version.width()).unwrap_or_default();
    let mut best = Vec::new();
    let mut least = u32::MAX;
    for mask in MASKS {
        let mut masked = canvas.clone();
        masked.apply_mask(mask);
        let colors = masked.into_colors();
        let modules: Vec<bool> = colors.iter().map(|color| *color == Color::Dark).collect();
        let penalty = penalty(&modules, width);
        if penalty < least {
            least = penalty;
            best = modules;
        }
    }
    Ok(best)
}

/// How hard to scan a code is, but for what all masks have in common.
fn penalty(modules: &[bool], width: usize) -> u32 {
    let mut total = 0;
    for row in modules.chunks_exact(width) {
        total += line(row.iter());
    }
    for column in 0..width {
        total += line(modules.iter().skip(column).step_by(width));
    }
    // Squares of two by two in one color.
    let rows = modules.chunks_exact(width);
    for (upper, lower) in rows.clone().zip(rows.skip(1)) {
        for (upper, lower) in upper.windows(2).zip(lower.windows(2)) {
            let is_square = upper == lower && upper[0] == upper[1];
            total += 3 * u32::from(is_square);
        }
    }
    // As many dark modules as light ones, in half percents.
    let dark = modules.iter().filter(|dark| **dark).count();
    let share = u32::try_from(dark * 200 / modules.len().max(1)).unwrap_or(100);
    total + share.abs_diff(100)
}

/// Long runs of one color, and what looks like a finder pattern.
fn line<'a>(modules: impl Iterator<Item = &'a bool>) -> u32 {
    let mut total = 0;
    let mut run = 0;
    // The last modules, the newest lowest; around the code all is light.
    let mut seen = 0_u32;
    let mut look = |dark: bool| {
        seen = (seen << 1) | u32::from(dark);
        let is_finder = (seen >> 4) & 0x7f == 0b101_1101;
        let is_alone = seen & 0xf == 0 || (seen >> 11) & 0xf == 0;
        40 * u32::from(is_finder && is_alone)
    };
    let mut last = None;
    for dark in modules {
        total += look(*dark);
        if last == Some(*dark) {
            run += 1;
            // Three for the first five, and one for each that follows.
            total += match run {
                5 => 3,
                _ => u32::from(run > 5),
            };
        } else {
            last = Some(*dark);
            run = 1;
        }
    }
    for _ in 0..4 {
        total += look(false);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use qrcode::QrCode;
    use qrcode::bits::encode_auto;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_mask_is_the_one_that_the_crate_takes(content in "[ -~]{1,400}", level in 0..4_usize) {
            let level = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H][level];
            let bits = encode_auto(content.as_bytes(), level).unwrap();
            let code = QrCode::with_error_correction_level(&content, level).unwrap();
            let wanted: Vec<bool> =
                code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
            prop_assert_eq!(draw(bits, level).unwrap(), wanted);
        }
    }
}
