// crypto/result.h: how every function of this project says that it refused: Result<T>.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace linli {

/// Why something was refused. A closed list; `errc_table()` has each one's name on the wire, HTTP
/// status, exit code and texts. Code decides by this, never by `Error::detail`.
enum class Errc {
  // What a person or program asked for.
  bad_usage,           ///< The call itself is wrong (an option, a header).
  bad_input,           ///< Not parsable: a broken JSON line, bad CBOR framing of a request.
  bad_utf8,            ///< Text that isn't UTF-8.
  unknown_type,        ///< No such record type.
  unknown_field,       ///< The type has no such field.
  missing_field,       ///< A required field is missing.
  bad_value,           ///< Wrong type, unit, range or enum value.
  bad_rule,            ///< The record breaks a rule of its type (sums, dates).
  bad_move,            ///< The state can't be reached from the current one.
  frozen,              ///< The record's state has closed its content.
  dangling_reference,  ///< Names a record that this node doesn't hold.
  duplicate_key,       ///< A record with this natural key is there already.
  forbidden,           ///< This writer's role or rights don't allow it.
  too_large,           ///< Over a limit of DESIGN §7.
  not_found,           ///< No such record, route, statistic or conflict.
  stale,               ///< Made on a version that is no longer the newest (If-Match).
  unauthorised,        ///< The peer didn't prove who it is.
  slow_down,           ///< Too busy now: try again after a while.
  quota,               ///< The room set aside for attachments is used up.
  // What a peer sent; each becomes evidence or a place in the queue of things that wait.
  malformed,            ///< Not a deterministic CBOR object of the announced kind.
  other_city,           ///< Signed for another city's root.
  bad_signature,        ///< The signature doesn't fit bytes and key: altered or forged.
  stranger,             ///< The certificate doesn't chain to the city's root key.
  unknown_certificate,  ///< Written under a certificate that isn't here yet: waits.
  out_of_scope,         ///< The certificate doesn't cover this scope or audience.
  expired,              ///< The certificate wasn't valid any more when the hub received it.
  revoked,              ///< Beyond the line that a revocation drew.
  replay,               ///< Held already; nothing is left to do.
  gap,                  ///< Numbers before it are missing: waits.
  fork,                 ///< Another change set has this author, feed and number.
  unknown_policy,       ///< Written under a policy that isn't here yet: waits.
  unknown_critical,  ///< Uses a critical key that this version doesn't know: waits for an upgrade.
  clock_ahead,       ///< Stamps too far in the future of the receiver.
  held,              ///< The hub holds it back until somebody approves it.
  cloned,            ///< Two machines speak with one key.
  bad_cursor,        ///< A reading position that this node never gave.
  wrong_key,         ///< Another TLS key answers than the certificate names.
  wrong_recipient,   ///< A bundle that is sealed to another node.
  truncated,         ///< A file that ends too early.
  altered,           ///< Content that isn't what its hash or seal says.
  // This machine.
  not_a_data_dir,   ///< The folder holds no Linli data.
  data_dir_in_use,  ///< Another process has it open.
  newer_version,    ///< Written by a newer version of Linli.
  port_in_use,      ///< Something listens there already.
  disk_full,        ///< No room; nothing was changed.
  io,               ///< Reading or writing failed.
  corrupt,          ///< Stored data isn't what was stored.
  unreachable,      ///< The peer can't be reached now.
  internal,         ///< A bug of ours; the log has more.
};

struct ErrcInfo {
  Errc code;
  std::string_view name;  ///< On the wire, e.g. "bad_signature".
  int http_status;
  int exit_code;            ///< 1 refused or failed, 2 wrong usage.
  std::string_view zh, en;  ///< One sentence for people.
};

/// One row for each Errc, in the order of the enum.
[[nodiscard]] std::span<const ErrcInfo> errc_table();
[[nodiscard]] const ErrcInfo& info(Errc code);

struct Error {
  Errc code;
  std::string detail;  ///< For people; says what was wrong and where. Nobody parses it.
  std::string field;   ///< Name of the offending field, if there is one.
};

/// "name: detail", one line, for stderr and logs.
[[nodiscard]] std::string describe(const Error& error);

template <class T>
struct [[nodiscard]] Result : tl::expected<T, Error> {
  using tl::expected<T, Error>::expected;
};

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string detail = {},
                                                std::string field = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail), std::move(field)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

/// A broken promise inside our own code: throws std::logic_error naming the place. Never for input.
void ensure(bool condition, std::string_view what = "invariant");

}  // namespace linli
