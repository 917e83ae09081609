// node/joining.h: at the newcomer: a folder that has a key and has asked, but is no node yet.
//
// Until an answer was accepted nothing of the folder changes; a wrong answer leaves it as it was.
#pragma once

#include <filesystem>
#include <string>

#include "node/admission.h"
#include "node/http_client.h"

namespace linli::node {

/// What lies in the folder meanwhile, as `joining`: the request, and where it asks, if over the
/// network.
struct Joining {
  std::string request, url;
};
/// Nothing: this folder has not asked (it may be a node, or nothing at all).
[[nodiscard]] std::optional<Joining> joining(const std::filesystem::path& dir);

/// Makes the folder, its key and a request. A folder that has asked before asks the same again; if
/// its request has expired, has another name or asks somebody else, a new one with the same key.
/// Errors: not_a_data_dir, bad_usage (a node is there), bad_value (name), unauthorised (a sealed
/// key), io, disk_full.
[[nodiscard]] Result<Joining> ask_to_join(const std::filesystem::path& dir, const std::string& name,
                                          const std::string& url, const std::optional<Issuer>& to,
                                          const sync::WallClock& clock);

/// Checks an answer against the folder's request. Errors: as read_admission; not_found (this
/// folder hasn't asked).
[[nodiscard]] Result<Admitted> check_answer(const std::filesystem::path& dir,
                                            std::string_view admission,
                                            const sync::WallClock& clock);
/// The folder becomes a node. Once a person has compared `admitted.by.words()`. `url`: the
/// upstream's address, if known. Errors: io, disk_full.
[[nodiscard]] Result<void> accept_answer(const std::filesystem::path& dir, const Admitted& admitted,
                                         const std::string& url, const sync::WallClock& clock);
/// Is this folder the very node that the answer speaks of? Then nothing is left to do.
[[nodiscard]] bool is_joined_by(const std::filesystem::path& dir, std::string_view admission);

/// Asks over the network once: the answer, or nothing while nobody has decided. Errors:
/// unreachable, forbidden (refused), and what else the other side says.
[[nodiscard]] Result<std::optional<std::string>> ask_once(HttpClient& hub,
                                                          const std::string& request);

}  // namespace linli::node
