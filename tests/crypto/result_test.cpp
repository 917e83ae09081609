#include "crypto/result.h"

#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>
#include <vector>

using namespace linli;

TEST_CASE("result: the names on the wire stay what they are", "[crypto]") {
  const std::vector<std::string_view> names{"bad_usage",
                                            "bad_input",
                                            "bad_utf8",
                                            "unknown_type",
                                            "unknown_field",
                                            "missing_field",
                                            "bad_value",
                                            "bad_rule",
                                            "bad_move",
                                            "frozen",
                                            "dangling_reference",
                                            "duplicate_key",
                                            "forbidden",
                                            "too_large",
                                            "not_found",
                                            "stale",
                                            "unauthorised",
                                            "slow_down",
                                            "quota",
                                            "malformed",
                                            "other_city",
                                            "bad_signature",
                                            "stranger",
                                            "unknown_certificate",
                                            "out_of_scope",
                                            "expired",
                                            "revoked",
                                            "replay",
                                            "gap",
                                            "fork",
                                            "unknown_policy",
                                            "unknown_critical",
                                            "clock_ahead",
                                            "held",
                                            "cloned",
                                            "bad_cursor",
                                            "wrong_key",
                                            "wrong_recipient",
                                            "truncated",
                                            "altered",
                                            "not_a_data_dir",
                                            "data_dir_in_use",
                                            "newer_version",
                                            "port_in_use",
                                            "disk_full",
                                            "io",
                                            "corrupt",
                                            "unreachable",
                                            "internal"};
  std::vector<std::string_view> found;
  for (const auto& row : errc_table()) found.push_back(row.name);
  CHECK(found == names);
}

TEST_CASE("result: every refusal has a status, an exit code and a sentence in both languages",
          "[crypto]") {
  std::set<std::string_view> names, zh, en;
  for (const auto& row : errc_table()) {
    CAPTURE(row.name);
    CHECK(&info(row.code) == &row);
    CHECK((row.http_status >= 400 && row.http_status < 600));
    CHECK(row.exit_code == (row.code == Errc::bad_usage ? 2 : 1));
    CHECK(row.zh.ends_with("。"));
    CHECK(row.en.ends_with("."));
    names.insert(row.name), zh.insert(row.zh), en.insert(row.en);
  }
  CHECK(names.size() == errc_table().size());
  CHECK(zh.size() == names.size());  // a sentence of its own for each
  CHECK(en.size() == names.size());
}

TEST_CASE("result: a described error is one line, whatever a peer put into its detail",
          "[crypto]") {
  CHECK(describe({Errc::gap, "we end at 7", {}}) == "gap: we end at 7");
  CHECK(describe({Errc::io, "", {}}) == "io: " + std::string(info(Errc::io).en));
  CHECK(describe({Errc::io, "a\nfork: b\x1b[2J\x7f", {}}) == "io: a fork: b [2J ");
  CHECK(describe({Errc::io, "磁盘", {}}) == "io: 磁盘");
}

TEST_CASE("result: a refusal carries its reason, and a broken promise throws", "[crypto]") {
  const Result<int> refused = fail(Errc::bad_value, "too small", "height");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::bad_value);
  CHECK(refused.error().detail == "too small");
  CHECK(refused.error().field == "height");
  const Result<void> passed_on = fail(refused.error());
  CHECK(passed_on.error().field == "height");
  CHECK(Result<void>{}.has_value());
  CHECK_NOTHROW(ensure(true, "x"));
  CHECK_THROWS_AS(ensure(false, "x"), std::logic_error);
  CHECK_THROWS_WITH(ensure(false, "x"), Catch::Contains("x"));
  CHECK_THROWS_AS(info(static_cast<Errc>(1000)), std::logic_error);
}
