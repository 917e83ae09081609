// node/tls_certificates.h: certificates that browsers trust, from the city's own authority.
//
// The hub holds the authority. A node asks it for a certificate for its names, over whichever nodes
// stand between; the answer is signed by the hub, so that nobody on the way can hand out another
// authority. Bytes: sync/ENROLMENT.md.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "crypto/tls_authority.h"
#include "node/http_client.h"
#include "node/tls_shown.h"

namespace linli::node {

inline constexpr std::string_view kDomainTlsRequest = "linli/tls-request/1";
inline constexpr std::string_view kDomainTlsAnswer = "linli/tls-answer/1";
inline constexpr std::size_t kTlsNamesMax = 16, kTlsLetterBytesMax = 16u << 10;

/// What browsers call this node; none: it asks for no certificate. Errors: io.
[[nodiscard]] Result<std::vector<std::string>> tls_names(const DataDir& dir);
/// Errors: bad_value, io, disk_full.
[[nodiscard]] Result<void> set_tls_names(const DataDir& dir, const std::vector<std::string>& names);

/// The city's authority, made if the hub has none yet. `permit`: what it may vouch for besides
/// local names; only when it is made. Errors: forbidden (the bounds of one that is there can't be
/// changed), bad_value, io, disk_full.
[[nodiscard]] Result<crypto::TlsAuthority> found_authority(const DataDir& hub,
                                                           const std::string& city,
                                                           const std::vector<std::string>& permit,
                                                           sync::Micros now);
/// Errors: not_found (none here); as open_key_file; bad_value.
[[nodiscard]] Result<crypto::TlsAuthority> authority_of(const DataDir& dir);

/// What a node asks for, and how it is answered.
struct CertificateRequest {
  Hash certificate{};      ///< The node's.
  std::string public_der;  ///< Of the TLS key that its certificate names.
  std::vector<std::string> names;
  [[nodiscard]] std::string encode(const crypto::SigningKey& key) const;  ///< A SignedBody.
};
struct CertificateAnswer {
  std::string chain;      ///< PEM, the node's first.
  std::string authority;  ///< PEM.
};

/// At the hub: issues one. A name that isn't local belongs to the first node that asked for it.
/// Errors: not_found (no authority), malformed, bad_signature, unknown_certificate, revoked,
/// expired, wrong_recipient (not the certified key), bad_value (names), duplicate_key (another's
/// name).
[[nodiscard]] Result<std::string> issue_certificate(Replica& hub, std::string_view request);
/// At the node: is this the hub's answer to that request? The hub's: of the node that a root key
/// enrolled as the hub. Errors: malformed, bad_signature, stranger (not the hub), wrong_recipient,
/// forbidden (an authority without critical bounds on what it may vouch for).
[[nodiscard]] Result<CertificateAnswer> read_certificate_answer(const Replica& node,
                                                                std::string_view request,
                                                                std::string_view answer);

/// Posts a request one node up; the answer's bytes.
using AskAbove = std::function<Result<std::string>(const std::string& request)>;
/// Over HTTP at `url`, to whoever was met there.
[[nodiscard]] Result<std::string> ask_certificate_above(Replica& node, const std::string& url,
                                                        const std::string& request);
/// Gets this node a certificate if it has names and lacks one of the authority known here for them,
/// or a third of its time is all that is left. `compare`: asks in any case, and takes the answer if
/// it is of another authority. True: it has another one now. Why there is none is kept, for
/// tls_json. Errors: as above; unauthorised (its TLS key isn't certified yet).
[[nodiscard]] Result<bool> renew_certificate(Replica& node, const AskAbove& ask,
                                             bool compare = false);

/// Does so for a serving node, by itself: soon after the names changed, else every five minutes;
/// once a day it compares authorities.
class CertificateKeeper {
 public:
  /// `upstream`: where the node syncs to now; empty: nowhere.
  CertificateKeeper(Replica& node, std::function<std::string()> upstream);
  ~CertificateKeeper();
  CertificateKeeper(const CertificateKeeper&) = delete;
  CertificateKeeper& operator=(const CertificateKeeper&) = delete;

 private:
  void run();
  bool renew(bool compare);  ///< False: it must be tried again.

  Replica& node_;
  std::function<std::string()> upstream_;
  std::mutex guard_;
  std::condition_variable changed_;
  bool stopping_ = false;  ///< Guarded.
  std::thread thread_;
};

/// The state of TLS here, for people and programs: key, certified, names, certificate, problems;
/// `refused`: null, or why there is no certificate for the names: {code, detail, at};
/// `authority_changed`: null, or when another one took the place of the one known before.
[[nodiscard]] model::Json tls_json(const crypto::Certificate& own, const DataDir& dir,
                                   sync::Micros now);

}  // namespace linli::node
