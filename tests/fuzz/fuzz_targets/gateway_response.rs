#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    mpac_pgw_sdk::fuzzing::gateway_response(bytes);
});
