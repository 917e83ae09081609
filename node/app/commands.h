// node/app/commands.h: what each command is asked for, and the function that does it.
//
// main.cpp fills these from the command line; a command answers with its exit code: 0 done,
// 1 refused or failed (one clear line on stderr), 2 wrong usage.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace linli::app {

/// What every command takes.
struct Common {
  std::filesystem::path data;
  bool json = false;
};

struct InitOptions : Common {
  std::string role = "hub", name, scope;
};
struct InviteOptions : Common {
  std::string role = "office", scope, name, url;
  std::string expires = "7d";  ///< A number with s, m, h or d.
  bool qr = false;             ///< Drawn in the terminal.
  std::string ink = "auto";    ///< auto, colour, dark, light
  std::filesystem::path svg;   ///< A file for the picture; empty: none.
};
struct KeysOptions : Common {
  bool root = false;     ///< The city's root key instead of the node's.
  std::string new_file;  ///< Holds the new passphrase; empty: ask the person.
};
struct ExportRootOptions : Common {
  std::filesystem::path out;
  std::string new_file;
  bool keep = false;  ///< Leave it in the folder as well.
};
/// Where the root key is: no node's folder is there.
struct IssueKeyOptions {
  std::string request, out;    ///< Files; `out` is empty with `dry_run`.
  std::filesystem::path root;  ///< The city's root key.
  bool dry_run = false, json = false;
};
struct RotateOptions : Common {
  std::string request;         ///< A file to carry to the issuer; empty: ask on line.
  std::string certificate;     ///< At the hub: what `keys issue` made of that file.
  std::filesystem::path root;  ///< At the hub: the city's root key.
  bool stolen = false;         ///< The key in use isn't to be trusted any more.
  bool forget_old = false;     ///< Only wipes the key before.
};
struct RenewOptions : Common {
  std::string node;
  std::string request;  ///< The file that `keys rotate --request` wrote there.
};
struct ForksOptions : Common {
  std::int64_t number = 0;
  std::string out;
};
struct InvitesOptions : Common {
  std::string id;  ///< Of the one that is taken back.
};
struct JoinOptions : Common {
  std::string invite, hub;
  std::string request, answer;  ///< Files, "-": stdout and stdin.
  bool ask = false;             ///< Ask at `hub` and wait.
  std::string name, words;
  std::string wait = "1h";
};
struct AdmitOptions : Common {
  std::string request;  ///< A file; or the id of one that waits (`nodes admit`).
  std::string role = "office", scope, name, words, out = "-";
  std::string expires = "30d";
};
struct PendingOptions : Common {};
struct TurnAwayOptions : Common {
  std::string id;
};
struct ServeOptions : Common {
  std::vector<std::string> listen{"127.0.0.1:8080"};
  std::string upstream, log_level = "info";
  std::int64_t poll_ms = 0;  ///< 0: the agent's own pace.
  bool open = false;         ///< Let other machines reach `sync` and `enrol`, and log in by https.
  bool plain_http = false;   ///< No TLS, whatever the address, unless it says https://.
};
struct SyncOptions : Common {};
struct SyncPauseOptions : Common {
  std::string time;  ///< A number with s, m, h or d; empty: until resumed.
};
struct SyncResumeOptions : Common {};
struct SyncMeteredOptions : Common {
  std::string on;  ///< "on" or "off".
};
struct UpstreamSetOptions : Common {
  std::string url;
  std::vector<std::string> also;  ///< For when that one is down, in order.
};
struct UpstreamOptions : Common {};
struct SyncStatusOptions : Common {
  bool sets = false;  ///< Where every change set of this node is.
  std::string state, cursor;
  std::size_t limit = 20;
};
struct SyncCompleteOptions : Common {
  bool ask = false;  ///< The hub, now.
};

struct PutOptions : Common {
  std::string type, file = "-";
  bool dry_run = false, all_or_nothing = false, update = false;
};
/// For get, history and delete.
struct RecordOptions : Common {
  std::string type, id, scope;
};

struct ProveOptions : RecordOptions {
  std::string out;  ///< Empty: ID.linli-proof.
  bool personal = false;
  bool force = false;  ///< Replaces a file that is there.
};
struct CheckProofOptions {
  std::string file, root;
  bool json = false;
};
struct HistoryOptions : Common {
  std::string acknowledge;  ///< What was found out of its faults; empty: only look.
  std::int64_t fault = 0;   ///< Only this one; 0: all that are open.
};

struct StatsOptions : Common {
  std::string name, by, from, to, scope, today;
  std::string period;             ///< Instead of from and to: "2023-05", "2023-Q2", "2023".
  std::string format, out;        ///< csv or xlsx; empty: for the terminal. Out empty: stdout.
  bool why = false;               ///< What stands behind it.
  std::int64_t at = 0;            ///< At this position of the log; 0: now.
  std::vector<std::string> only;  ///< SPLIT=VALUE
  std::string cursor;
  std::size_t limit = 50;
};
/// Figures of a period: named by its record's id, or by set, period and scope.
struct FiguresOptions : Common {
  std::string id, set, period, scope, state;
  std::string reason, doc, despite;
  bool dry_run = false, recompute = false;
  std::size_t limit = 50;
};
struct SearchOptions : Common {
  std::string text, type, scope, from, to, cursor;
  std::vector<std::string> where;  ///< FIELD=VALUE
  std::size_t limit = 20;
};
struct VotesOptions : Common {
  std::string assembly;     ///< Its record id.
  std::int64_t matter = 0;  ///< 0: all.
  bool rooms = false;       ///< Who voted, by part.
  bool record = false;      ///< As tally records, to be put.
  std::vector<std::string> counters;
  std::string supervisor;
};
struct ConflictsOptions : Common {
  std::size_t limit = 200;
  std::string type, scope, cursor;
  bool parallel = false;  ///< Those that merged by themselves.
  bool rivals = false;    ///< Records that can't all hold.
};
struct ConflictOptions : Common {
  std::string conflict;  ///< Its address.
};
struct ResolveOptions : Common {
  std::string conflict;  ///< Empty with `all_keep`.
  bool keep = false, all_keep = false, dry_run = false, yes = false;
  std::string take, value, seen;
  std::string type, scope;  ///< Of `all_keep`.
};
struct BundleExportOptions : Common {
  std::string recipient, file;
  std::string since;        ///< A bundle's id or file.
  std::uint64_t split = 0;  ///< Bytes of a part; 0: one file.
  bool all = false, photos = false;
};
struct BundleImportOptions : Common {
  std::vector<std::string> files;
};
struct BundleInspectOptions : Common {  ///< `data` may be empty: only what stands in the clear.
  std::vector<std::string> files;
};
struct BlobPutOptions : Common {
  std::string file;
};
struct BlobGetOptions : Common {
  std::string hash, out = "-";
  std::int64_t wait_s = 60;
};
struct BlobListOptions : Common {
  std::size_t limit = 200;
};
struct BlobCollectOptions : Common {};
struct BlobPolicyOptions : Common {
  std::string policy, quota;  ///< Empty: as it is.
};
struct SnapshotOptions : Common {
  std::string scope;  ///< It and everything below; empty: the city.
};
struct PruneOptions : Common {
  int before = 0;  ///< A year; 0: this one.
  bool dry_run = false;
};
struct EraseOptions : Common {
  std::string record, type, scope, reason, code = "request";
  std::vector<std::string> fields;
  bool dry_run = false;
};
struct PersonOptions : Common {
  std::string who, reason, code = "request";
  std::string out = "person";  ///< Files of a copy: OUT.json and OUT.txt.
  bool dry_run = false;
};
struct RetentionOptions : Common {
  bool dry_run = false;
};
struct VerifyOptions : Common {};
struct RebuildOptions : Common {};
struct NodesOptions : Common {};
struct RevokeOptions : Common {
  std::string node, reason;
  bool dry_run = false;
};
struct ScopesOptions : Common {
  std::string node;
  std::vector<std::string> add, remove;
  bool dry_run = false;
};
struct HeldOptions : Common {};
struct HeldExportOptions : Common {
  std::string recipient, set, file;
  bool all = false;
};
struct AppealOptions : Common {
  std::string set, reason;
  std::string out;  ///< A file; empty: to the upstream.
};
struct HeldImportOptions : Common {
  std::string file;
};
struct ApproveOptions : Common {
  std::string set, reason;
  bool all = false, dry_run = false;
};
struct BackupOptions : Common {
  std::filesystem::path file;
};
struct RestoreOptions : Common {
  std::filesystem::path file;
  std::filesystem::path before;  ///< The folder before this one; empty: it is lost.
  std::filesystem::path root;    ///< The city's root key; empty: the hub's own is at hand.
  bool damaged = false;          ///< Take a damaged backup as well.
};
struct DoctorOptions : Common {
  bool restore_drill = false, only_one = false;
};
struct AccountOptions : Common {
  std::string name, role;
  std::string password_file;  ///< Empty: asked for, without showing it.
  std::string company;        ///< Its code; empty: none, or as it is.
  bool admin = false, no_admin = false, disable = false, enable = false;
};
struct AuditOptions : Common {
  std::string since, account, record;
  std::int64_t before = 0;  ///< Rows with a smaller number.
  std::size_t limit = 50;
  std::string head;  ///< Of an earlier verify.
};
struct DemoOptions : Common {
  bool once = false;
  std::size_t communities = 4, months = 3;
  std::uint64_t seed = 1;
};

[[nodiscard]] int init(const InitOptions& options);
[[nodiscard]] int invite(const InviteOptions& options);
[[nodiscard]] int list_invites(const InvitesOptions& options);
[[nodiscard]] int withdraw_invite(const InvitesOptions& options);
[[nodiscard]] int join(const JoinOptions& options);
[[nodiscard]] int serve(const ServeOptions& options);
[[nodiscard]] int sync_once(const SyncOptions& options);
[[nodiscard]] int sync_status(const SyncStatusOptions& options);
[[nodiscard]] int sync_complete(const SyncCompleteOptions& options);
[[nodiscard]] int sync_pause(const SyncPauseOptions& options);
[[nodiscard]] int sync_resume(const SyncResumeOptions& options);
[[nodiscard]] int sync_metered(const SyncMeteredOptions& options);
[[nodiscard]] int upstream_set(const UpstreamSetOptions& options);
[[nodiscard]] int upstream_show(const UpstreamOptions& options);
[[nodiscard]] int upstream_clear(const UpstreamOptions& options);
[[nodiscard]] int own_sets(const SyncStatusOptions& options);
[[nodiscard]] int put_records(const PutOptions& options);
[[nodiscard]] int get_record(const RecordOptions& options);
[[nodiscard]] int record_history(const RecordOptions& options);
[[nodiscard]] int delete_record(const RecordOptions& options);
[[nodiscard]] int prove(const ProveOptions& options);
[[nodiscard]] int check_proof(const CheckProofOptions& options);
[[nodiscard]] int list_forks(const ForksOptions& options);
[[nodiscard]] int export_fork(const ForksOptions& options);
/// Needs nothing but the file and the city's name.
[[nodiscard]] int check_fork(const CheckProofOptions& options);
[[nodiscard]] int history(const HistoryOptions& options);
[[nodiscard]] int stats(const StatsOptions& options);
[[nodiscard]] int submit_figures(const FiguresOptions& options);
[[nodiscard]] int check_figures(const FiguresOptions& options);
[[nodiscard]] int approve_figures(const FiguresOptions& options);
[[nodiscard]] int return_figures(const FiguresOptions& options);
[[nodiscard]] int list_figures(const FiguresOptions& options);
[[nodiscard]] int show_figures(const FiguresOptions& options);
[[nodiscard]] int search(const SearchOptions& options);
[[nodiscard]] int count_votes(const VotesOptions& options);
[[nodiscard]] int list_conflicts(const ConflictsOptions& options);
[[nodiscard]] int show_conflict(const ConflictOptions& options);
[[nodiscard]] int resolve_conflict(const ResolveOptions& options);
[[nodiscard]] int bundle_export(const BundleExportOptions& options);
[[nodiscard]] int bundle_import(const BundleImportOptions& options);
[[nodiscard]] int bundle_inspect(const BundleInspectOptions& options);
[[nodiscard]] int put_blob(const BlobPutOptions& options);
[[nodiscard]] int get_blob(const BlobGetOptions& options);
/// Who has no room for whose attachments, for people; "": there is room everywhere.
[[nodiscard]] std::string attachments_full(const std::filesystem::path& data);
/// What a backup of this folder leaves out, for its operator to know; empty: nothing.
[[nodiscard]] std::string without_attachments(const std::filesystem::path& data);
[[nodiscard]] int list_blobs(const BlobListOptions& options);
[[nodiscard]] int collect_blobs(const BlobCollectOptions& options);
[[nodiscard]] int blob_policy(const BlobPolicyOptions& options);
[[nodiscard]] int snapshot(const SnapshotOptions& options);
[[nodiscard]] int prune(const PruneOptions& options);
[[nodiscard]] int erase_record(const EraseOptions& options);
[[nodiscard]] int find_person(const PersonOptions& options);
[[nodiscard]] int export_person(const PersonOptions& options);
[[nodiscard]] int erase_person(const PersonOptions& options);
[[nodiscard]] int retention_report(const RetentionOptions& options);
[[nodiscard]] int retention_run(const RetentionOptions& options);
[[nodiscard]] int verify(const VerifyOptions& options);
[[nodiscard]] int rebuild(const RebuildOptions& options);
[[nodiscard]] int show_keys(const KeysOptions& options);
[[nodiscard]] int set_passphrase(const KeysOptions& options);
[[nodiscard]] int change_passphrase(const KeysOptions& options);
[[nodiscard]] int remove_passphrase(const KeysOptions& options);
[[nodiscard]] int export_root(const ExportRootOptions& options);
/// Another signing key for this node, which stays the author it was.
[[nodiscard]] int issue_key(const IssueKeyOptions& options);
[[nodiscard]] int rotate_key(const RotateOptions& options);
[[nodiscard]] int admit_file(const AdmitOptions& options);
[[nodiscard]] int admit_pending(const AdmitOptions& options);
[[nodiscard]] int list_pending(const PendingOptions& options);
[[nodiscard]] int turn_away(const TurnAwayOptions& options);
[[nodiscard]] int list_nodes(const NodesOptions& options);
[[nodiscard]] int change_scopes(const ScopesOptions& options);
[[nodiscard]] int revoke_node(const RevokeOptions& options);
/// Gives a node's certificate a later end, or answers a request for another key.
[[nodiscard]] int renew_node(const RenewOptions& options);
[[nodiscard]] int list_held(const HeldOptions& options);
[[nodiscard]] int approve_held(const ApproveOptions& options);
[[nodiscard]] int export_held(const HeldExportOptions& options);
[[nodiscard]] int appeal_held(const AppealOptions& options);
[[nodiscard]] int import_appeal(const HeldImportOptions& options);
[[nodiscard]] int backup(const BackupOptions& options);
[[nodiscard]] int restore(const RestoreOptions& options);
[[nodiscard]] int doctor(const DoctorOptions& options);
[[nodiscard]] int add_account(const AccountOptions& options);
[[nodiscard]] int list_accounts(const AccountOptions& options);
[[nodiscard]] int change_account(const AccountOptions& options);
[[nodiscard]] int set_account_password(const AccountOptions& options);
[[nodiscard]] int list_audit(const AuditOptions& options);
[[nodiscard]] int verify_audit(const AuditOptions& options);
[[nodiscard]] int demo(const DemoOptions& options);

}  // namespace linli::app
