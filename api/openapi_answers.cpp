// What the answers of routes look like, in the notation of shape.h. Records: openapi_records.cpp.
#include <array>

#include "api/openapi.h"

namespace linli::api {
namespace {

constexpr std::array kShapes = std::to_array<Shape>({
    // ---- Everywhere ----------------------------------------------------------------------------
    {"Label", "{zh: text, en: text}"},
    {"Fault", "{field: text, code: text, zh: text, en: text}"},
    {"Problem",
     "{type: text, title: text, status: int, code: text, detail: text, field?: text, "
     "faults?: [Fault], now?: any, yours?: any}"},
    {"Withheld", "{withheld?: bool, erased?: bool, sealed?: bool}"},
    {"Ref", "{type: text, scope: text, id: id, title?: text}"},
    {"RefWish", "text | int | [text | int] | {id?: id, key?: any, scope?: text, type?: text}"},
    {"Geo", "{lat_e7: int, lon_e7: int, accuracy_dm?: int}"},
    {"Record",
     "{type: text, id: id, scope: text, version: text, title: text, state?: text, "
     "invalid: [Fault], conflicts: int, confirmed?: bool, changed_at?: time, removed?: bool, "
     "settled?: int}"},
    {"Gone", "{type: text, id: id, scope: text, removed?: bool}"},

    {"ImportReport",
     "{records: int, accepted: int, refused: int, done: <int>, withheld?: int, settled?: int, "
     "dry_run: bool, "
     "nothing_went_in: bool, broke_off?: text, form: text, problems: [ImportProblem], "
     "problems_left_out?: int}"},
    {"ImportProblem",
     "{row: int, line?: int, column?: text, heading?: text, field?: text, value?: text, "
     "code: text, zh: text, en: text}"},

    // ---- This node -----------------------------------------------------------------------------
    {"Node",
     "{name: text, role: text, scope: text, city_scope: text, city: hex, author: hex, "
     "version: text, time: time, arrival: int, epoch?: int, confirmed_until: time | null, "
     "waiting: Waiting, upstream: Upstream | null, certificate: CertificateEnd, "
     "history: HistoryState, blobs: BlobState, tls: TlsState, conflicts: int, records: <int>}"},
    {"Waiting",
     "{sets: int, changes: int, oldest: time | null, confined: int, held_back: int, "
     "quarantined: int, refused: int}"},
    {"Upstream",
     "{url: text, addresses: [text], state: text, mode: text, offline_since: time | null, "
     "next_try: time | null, last_contact: time | null, last_error: text, last_error_code: text | "
     "null, "
     "revoked: bool, elsewhere: [text], to_send: int, "
     "exchange: any, metered: bool, paused: any, clock: any, flagged_sets: int, total: any}"},
    {"AgentTold", "{addresses: [text], metered: bool, paused: bool, upstream: Upstream}"},
    {"Exchanged",
     "{sent: int, refused: int, received: int, round_trips: int, bytes_out: int, bytes_in: int, "
     "refusals: [{code: text, detail: text}], elsewhere: [text], clock: any}"},
    {"CertificateEnd", "{until: time, days_left: int, soon: bool, ended: bool, next_key: bool}"},
    {"HistoryState",
     "{checked: time | null, size: int | null, last_fault: any, faults: int, acknowledged: int, "
     "last_acknowledged: any, owed_since: time | null}"},
    {"TlsState",
     "{key: hex | null, names: [text], authority: any, certificate: any, refused: any, "
     "authority_changed: time | null, warnings: [text], addresses?: [text]}"},
    {"Nodes",
     "{items: [{author: hex, name: text, role: text, scope: text, scopes: [text], certificate: "
     "hex, key: hex, "
     "joined: time, valid_until: time, last_contact: time | null, replaced_by: any, forks: int, "
     "revoked: any}]}"},
    {"Freshness",
     "{asked_at: time, oldest: time | null, ages: {fresh: int, day: int, week: int, never: int}, "
     "reporting?: Reporting, communities?: [Community]}"},
    {"Reporting", "{numerator: int, denominator: int, partly: int, none: int, from: day, to: day}"},
    {"Community", "{scope: text, name: text, last_report: time | null, age: text, period?: text}"},
    {"Health", "{ok: bool, arrival: int, warnings: [text]}"},
    {"Schema", "{version: int, types: [any], statistics: [any]}"},

    // ---- Records -------------------------------------------------------------------------------
    {"RecordHistory", "{items: [any]}"},
    {"Found",
     "{items: [{type: text, id: id, scope: text, title: text, snippet: text, marks: [[int]], "
     "highlights: [{field: text, item?: int, ranges: [[int]]}]}], near: bool, "
     "next_cursor: text | null}"},
    {"Conflict",
     "{conflict?: text, severity: text, seen?: text, type: text, id?: id, scope?: text, "
     "title?: text, cell?: int, fields?: [text], winner?: Version | null, losers?: [Version], "
     "void_move?: bool, void_winner?: bool, state?: text | null, key?: object, "
     "written?: Written | null, others?: [Rival]}"},
    {"Written", "{node: text | null, arrived: time}"},
    {"Rival",
     "{id: id, scope: text, title: text, state: text | null, written: Written | null, "
     "differs: [text]}"},
    {"Version",
     "{version: text, node: text, role: text, author: hex, certificate: hex, feed: hex, seq: int, "
     "index: int, set: hex, at: time, trusted_clock: bool, fields?: object, move?: any, "
     "removal?: bool}"},
    {"Conflicts", "{items: [Conflict], next_cursor: text | null}"},
    {"Settlement", "{keep?: bool, take?: text, value?: any, seen?: text}"},
    {"OwnSets",
     "{items: [{set: hex, scope: text, feed: hex, seq: int, at: time, state: text, "
     "safe_since: time | null, position: int | null, refused: any, let_go?: time, "
     "changes: [any], more: int}], "
     "next_cursor: text | null, summary: {waiting: int, on_way: int, confined: int, safe: int, "
     "held: int, let_go: int, upgrade: int, refused: int, lost: int}}"},
    {"Worklist",
     "{day: day, scope: text, inspector: text | null, inspections: [InspectionRecord], "
     "findings: [FindingRecord], notices: [NoticeRecord], compounds: [CompoundRecord], "
     "contracts: [ServiceContractRecord], templates: [TemplateRecord], "
     "campaigns: [CampaignRecord], left_out: <int>, since: text, whole: bool, gone: [Gone]}"},

    // ---- Figures -------------------------------------------------------------------------------
    {"UnitShown", "{code: text, zh: text, en: text}"},
    {"Statistics",
     "{items: [{name: text, label: Label, family: text, figure: text, unit: UnitShown, "
     "units: {numerator: text, denominator: text | null}, dim1: text, dim2: text, "
     "definition: Label}]}"},
    {"Figure", "{numerator: int, denominator?: int | null}"},
    {"Figures",
     "{name: text, label: Label, family: text, figure: text, unit: UnitShown, "
     "units: {numerator: text, denominator: text | null}, dim1: text, dim2: text, "
     "definition: Label, by: [text], from: day, to: day, today: day, "
     "rows: [{keys: <{code: text, scope?: text, name?: text} | text>, labels?: <text>, "
     "numerator: int, denominator?: int | null, approved?: Approved}], total: Figure, "
     "approved: Approved | null, freshness: Freshness}"},
    {"Approved",
     "{id: id, scope: text, set: text, period: text, as_of: day, numerator: int, "
     "denominator: int | null, now: Figure, correction: Figure, later?: any}"},
    {"Provenance",
     "{figure: any, digest: hex, position: any, items?: [any], not_shown?: int, "
     "next_cursor?: text | null, "
     "conflicts: {behind: int, beside: int}, invalid: int, held: int, "
     "nodes: {included: [any], missing: [Community], late: [Community]}, freshness: Freshness}"},
    {"FiguresDraft",
     "{scope: text, set: text, period: text, as_of: day, figures: [any], digest: hex, node: hex, "
     "arrival?: int, chain?: hex, records: int, included?: text, communities: int, reported: int, "
     "status: text, return_reason: null, checked_digest: null, despite_reason: null}"},
    {"FiguresReview",
     "{record: any, figures: [any], digest_here: hex, same: bool, later: any, "
     "recomputed?: {same: bool, digest: hex}}"},
    {"CountedVote",
     "{assembly?: any, matters?: [any], aside?: [any] | null, rooms?: [any] | null}"},
    {"CreditScaleShown", "{name: text, in_force_from: day, basis: text, period: text}"},
    {"Credits",
     "{at: day, scale: CreditScaleShown, grades: [{grade: text | null, list: text, "
     "from_points: int | null, companies: int}], items: [{uscc: text, name: text, points: int, "
     "points_text: text, grade: text | null, list: text, events: int}]}"},
    {"Credit",
     "{company: {id: id, uscc: text, name: text}, at: day, from: day, scale: CreditScaleShown, "
     "base: int, basic: int, good: int, bad: int, points: int, points_text: text, "
     "grade: text | null, list: text, lines: [{code: text, zh: text, en: text, basis: text, "
     "points: int | null, event?: id}], events: [{id: id, rule: text | null, kind: text, "
     "points: int, occurred_on: day, valid_until: day, status: text, standing: text, zh: text}]}"},
    {"Drawn",
     "{draw: {id: id, scope: text, code: text, done: text}, dry_run: bool, visits: [{compound: "
     "text, name: text, inspectors: [text], inspection: id | null, scope: text, done: text, "
     "faults: [Fault]}]}"},
    {"DrawShown",
     "{record: any, again: [{compound: text, inspectors: [text]}], same: bool, visits: [{compound: "
     "text, name: text | null, inspectors: [text], inspection: any}]}"},
    {"CertificateCheck",
     "{number: text, verdict: 'valid' | 'expired' | 'withdrawn' | 'unknown', course: {code: text, "
     "name: text} | null, issued_on: day | null, valid_until: day | null, checked_on: day}"},
    {"OrgTree",
     "{at: day, units: [{code: text, name: text, level: text, path: text, depth: int, "
     "under: text | null, valid_from: day | null, valid_to: day | null, former_codes: [text], "
     "former_names: [text], basis?: text, compounds: [{code: text, name: text, id: hex}]}]}"},
    {"OrgMove",
     "{unit: {type: text, code: text, name: text}, kind: text, from: day, record: any, "
     "before: [{code: text, name: text}], after: [{code: text, name: text}], compounds: int, "
     "figures: [{statistic: text, zh: text, en: text, unit: {code: text, name: text}, "
     "before: int, after: int}], notes: [Label]}"},

    // ---- People --------------------------------------------------------------------------------
    {"LoginState",
     "{accounts: bool, account: Account | null, csrf: text | null, code_needed: bool}"},
    {"Login", "{name: text, password: text}"},
    {"Account",
     "{actor: hex, name: text, role: text, admin: bool, disabled: bool, company?: text}"},
    {"Accounts", "{items: [Account], roles: [{name: text, label: Label}]}"},
    {"AuditPage",
     "{items: [{number: int, at: time, actor: hex | null, who: text, act: text, label: Label, "
     "type: text, "
     "records: [id], fields: text, what: text, from: text, why: text, hash: hex}], "
     "before: int | null}"},
    {"AuditVerdict", "{rows: int, head: hex, whole: bool, fault: text}"},
    {"ErasureWish", "{fields: [text], reason?: text, code?: text, dry_run?: bool}"},
    {"PersonWish", "{who: text, reason?: text, code?: text, dry_run?: bool}"},
    {"Retention",
     "{rules: [{type: text, field: text, state: text, after: text, period: int, unit: text, "
     "suspended: bool, default: bool}], runs: [any]}"},

    // ---- Trust ---------------------------------------------------------------------------------
    {"Invites",
     "{items: [{id: hex, name: text, role: text, scope: text, expires: time, state: text, "
     "node?: hex | null, actor: hex | null, account?: text}]}"},
    {"InviteWish", "{role: text, scope: text, name: text, expires?: text, url?: text}"},
    {"Invited", "{line: text, svg: text}"},
    {"Admissions", "{words: Label, items: [any]}"},
    {"AdmissionWish",
     "{id?: hex, request?: text, role: text, scope: text, name?: text, words?: text}"},
    {"Held",
     "{held: [{set: hex, author: hex, node: text, scope: text, seq: int, since: time, "
     "changes: int, reason: text, approvable: bool}], evidence: [any]}"},
    {"Reason", "{reason: text}"},
    {"AppealWish", "{reason: text, send?: bool}"},
    {"Appealed", "{set: hex, sent: bool, letter: base64url}"},
    {"ScopesWish", "{add?: [text], remove?: [text]}"},
    {"Scopes", "{paths: [text], dry_run: bool}"},
    {"Completeness", "{completeness: any}"},
    {"History", "{own: any, seen: [any], faults: [any], owed_since: time | null}"},

    // ---- Attachments ---------------------------------------------------------------------------
    {"BlobState",
     "{policy: text, quota: int, metered: bool, held: int, bytes: int, parts: int, "
     "part_bytes: int, missing: int, unreferenced: int, to_send: int, "
     "to_send_bytes: int}"},
    {"Blobs", "{items: [any], state: BlobState}"},
    {"BlobPolicy", "{policy?: text, quota?: int}"},
});

}  // namespace

std::span<const Shape> shapes() { return kShapes; }

}  // namespace linli::api
