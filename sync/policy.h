// sync/policy.h: who may write what: a numbered statement that every receiver judges by (rule 6).
#pragma once

#include <string>
#include <vector>

#include "sync/change_set.h"

namespace linli::sync {

using RoleMask = std::uint32_t;  ///< Bit n: role number n.
[[nodiscard]] constexpr RoleMask mask(crypto::Role role) {
  return 1u << static_cast<unsigned>(role);
}

inline constexpr std::size_t kPolicyBytesMax = 256u << 10;

/// A state move that some roles may make. States are the schema's numbers; from -1: a new record.
struct MoveRule {
  std::int64_t from = -1, to = 0;
  RoleMask roles = 0;
  std::uint32_t rank = 0;  ///< Between concurrent moves the greater rank wins (rule 7).
};

struct TypeRule {
  std::uint32_t type = 0;
  RoleMask writers = 0;                                    ///< Who may put, clear and erase.
  RoleMask removers = 0;                                   ///< Who may delete.
  std::vector<std::pair<std::uint32_t, RoleMask>> fields;  ///< Fields that fewer roles may write.
  std::optional<std::uint32_t> state_field;                ///< Its value is CBOR [from / null, to].
  std::vector<MoveRule> moves;
};

struct Policy {
  std::uint64_t number = 1;
  Hash previous{};
  /// Ascending by type; a type without a rule may be written by nobody.
  std::vector<TypeRule> rules;
  /// Types whose records stay in community and street: a set of any other audience that writes one
  /// is refused. Ascending.
  std::vector<std::uint32_t> confined = {};

  /// Writes rules, fields and moves in ascending order; ensure()s that none stands twice.
  [[nodiscard]] std::string encode() const;
  /// Errors: malformed, too_large, unknown_critical. Exactly number 1 has no `previous`.
  [[nodiscard]] static Result<Policy> decode(std::string_view bytes);
  [[nodiscard]] const TypeRule* rule(std::uint32_t type) const;
};
/// BLAKE2b-256("linli/policy/1" ‖ bytes).
[[nodiscard]] Hash policy_hash(std::string_view bytes);

/// Types whose records found the trust in everything else; judged without a policy.
inline constexpr std::uint32_t kTypeCertificate = 1;  ///< Field 1: bstr, a signed certificate.
inline constexpr std::uint32_t kTypePolicy = 2;       ///< Field 1: bstr, an encoded policy.
inline constexpr std::uint32_t kTypeRevocation = 3;   ///< Field 1: bstr, a signed revocation.
[[nodiscard]] constexpr bool founds_trust(std::uint32_t type) {
  return type >= kTypeCertificate && type <= kTypeRevocation;
}

/// May a writer with this certificate make these changes? Pure. kTypeCertificate and
/// kTypeRevocation need delegation above 0, kTypePolicy kRightPolicy; all else is judged by
/// `policy` (may be null for those three). Errors: forbidden, bad_move; each names change and type.
/// A change set is judged as a whole.
[[nodiscard]] Result<void> judge_policy(const ChangeSet& set, const crypto::Certificate& writer,
                                        const Policy* policy);

/// Is the set signed by the city's trust? Errors: other_city, unknown_certificate, bad_signature,
/// out_of_scope (scope or audience), forbidden (author isn't the certificate's subject).
[[nodiscard]] Result<void> judge_author(const ChangeSet& set, std::string_view body,
                                        const crypto::Signature& signature,
                                        const crypto::CertificateBook& book);

/// May a holder of `reader` receive what was signed for this scope and audience (I6)?
[[nodiscard]] bool may_read(const crypto::Certificate& reader, std::string_view scope,
                            Audience audience);

/// A state field's value, CBOR [from / null, to]; from is -1 for null. `malformed` otherwise.
struct StateMove {
  std::int64_t from = -1, to = 0;
};
[[nodiscard]] Result<StateMove> decode_move(std::string_view value);
[[nodiscard]] std::string encode_move(StateMove move);

}  // namespace linli::sync
