use super::*;

fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
    Counts {
        passed,
        failed,
        skipped,
    }
}

#[test]
fn cargo_test_is_summed_over_binaries() {
    let output = "\
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s

test result: FAILED. 10 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 2s
   Doc-tests x
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s
";
    assert_eq!(libtest(output), counts(12, 3, 1));
    assert_eq!(libtest("error: could not compile"), counts(0, 0, 0));
}

#[test]
fn surefire_reports_are_read() -> Result<()> {
    let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="a.PaymentTest" time="1.2"
    tests="7" errors="1" skipped="2" failures="1">
  <properties><property name="x" value="tests=&quot;99&quot;"/></properties>
  <testcase name="a" classname="a.PaymentTest" time="0.1"><skipped/></testcase>
</testsuite>"#;
    assert_eq!(surefire(xml)?, counts(3, 2, 2));
    assert!(surefire("<testsuite tests=").is_err());
    assert!(surefire("<testsuite tests='many'/>").is_err());
    Ok(())
}

#[test]
fn swift_adds_both_test_libraries() {
    let xctest = "\
Test Suite 'All tests' started at 2025-12-08 10:00:00.000
Test Case 'PaymentTests.testCash' started at 2025-12-08 10:00:00.000
Test Case 'PaymentTests.testCash' passed (0.004 seconds)
Test Case 'PaymentTests.testCard' started at 2025-12-08 10:00:00.000
/p/Tests/A.swift:4: error: PaymentTests.testCard : XCTAssertEqual failed: (\"1\") is not equal to (\"2\") -
/p/Tests/A.swift:5: error: PaymentTests.testCard : XCTAssertEqual failed: (\"1\") is not equal to (\"3\") -
Test Case 'PaymentTests.testCard' failed (0.0 seconds)
Test Case 'PaymentTests.testLater' skipped (0.0 seconds)
Test Suite 'PaymentTests' failed at 2025-12-08 10:00:00.000
\t Executed 3 tests, with 1 test skipped and 2 failures (0 unexpected) in 0.1 (0.1) seconds
";
    let testing = "\
◇ Test run started.
◇ Test \"takes cash\" started.
◇ Passing 1 argument x → 1 to \"takes cash\"
✔ Test \"takes cash\" passed after 0.001 seconds.
✘ Test scans() recorded an issue at A.swift:3:4: Expectation failed: 1 == 2
✘ Test scans() failed after 0.001 seconds with 1 issue.
✘ Test later() skipped: \"not yet\"
◇ Test \"is skipped\" started.
✘ Test soon() skipped.
✘ Suite Payments failed after 0.1 seconds with 1 issue.
✘ Test run with 4 tests failed after 0.002 seconds with 1 issue.
";
    let none = "\
\t Executed 0 tests, with 0 failures (0 unexpected) in 0.0 (0.0) seconds
✔ Test run with 0 tests passed after 0.001 seconds.
";
    let cases = [
        (xctest.to_owned(), counts(1, 1, 1)),
        (testing.to_owned(), counts(1, 1, 2)),
        (format!("{xctest}{testing}"), counts(2, 2, 3)),
        (none.to_owned(), counts(0, 0, 0)),
        ("error: no such module 'X'".to_owned(), counts(0, 0, 0)),
        (
            "Test Case '-[Tests.PaymentTests testCash]' passed (0.1 seconds).".to_owned(),
            counts(1, 0, 0),
        ),
    ];
    for (output, expected) in cases {
        assert_eq!(swift(&output), expected, "{output}");
    }
}

#[test]
fn node_totals_are_read() {
    let output = "ok 1 - a\n1..3\n# tests 7\n# suites 0\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 1\n";
    assert_eq!(node(output), counts(3, 2, 2));
    assert_eq!(node("SyntaxError: x"), counts(0, 0, 0));
}

#[test]
fn unittest_verdicts_are_read() {
    let cases = [
        ("Ran 22 tests in 0.001s\n\nOK\n", counts(22, 0, 0)),
        ("Ran 1 test in 0.001s\n\nOK (skipped=1)\n", counts(0, 0, 1)),
        (
            "Ran 9 tests in 0.1s\n\nFAILED (failures=2, errors=1, skipped=3)\n",
            counts(3, 3, 3),
        ),
        ("ModuleNotFoundError: x", counts(0, 0, 0)),
    ];
    for (output, expected) in cases {
        assert_eq!(unittest(output), expected, "{output}");
    }
}

#[test]
fn go_counts_subtests_once() {
    let event = |action: &str, test: &str| {
        format!(r#"{{"Action":"{action}","Package":"p","Test":"{test}"}}"#)
    };
    let output = [
        event("run", "TestSigning"),
        event("pass", "TestSigning/post"),
        event("fail", "TestSigning/get"),
        event("fail", "TestSigning"),
        event("skip", "TestLater"),
        event("pass", "TestPrinting"),
        r#"{"Action":"fail","Package":"p"}"#.to_owned(),
        "go: downloading".to_owned(),
    ];
    assert_eq!(go(&output.join("\n")), counts(2, 1, 1));
}

#[test]
fn the_last_line_has_its_shape() {
    assert_eq!(counts(3, 0, 0).to_string(), "3 passed, 0 failed");
    assert_eq!(counts(3, 1, 2).to_string(), "3 passed, 1 failed, 2 skipped");
}
