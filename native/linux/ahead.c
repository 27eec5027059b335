#include "ahead.h"

#include "arguments.h"
#include "listing.h"

/*
 * A listing waits for somebody to take it: a helper, or JavaScript, which asks for it before a helper had time. Whoever took it makes it
 * and says that it is done; then its memory belongs to JavaScript again.
 */
enum state { FREE, WAITING, TAKEN, DONE };

struct ticket {
  uint32_t state;
  /* Those with lower ones come first. */
  uint64_t order;
  struct listing listing;
  /* Keep the memory from being collected as long as somebody may write to it. */
  napi_ref names, records;
};

/* A task for Node's pool: it makes what waits until nothing does, since to wake a thread takes as long as some listings. */
struct helper {
  struct ahead *ahead;
  /* Until Node says that it is over, which it does only between two batches of a scan. */
  napi_async_work work;
};

/* Two of the four threads that Node's pool has are left to others. */
enum { TICKETS = 16, HELPERS = 64, FOR_EACH_HELPER = 2, MOST_BUSY = 2 };

struct ahead {
  struct ticket tickets[TICKETS];
  struct helper helpers[HELPERS];
  uint64_t begun;
  /* Helpers that are not at their end. */
  uint32_t busy;
};

static bool IsWaiting(const struct ticket *ticket) { return __atomic_load_n(&ticket->state, __ATOMIC_ACQUIRE) == WAITING; }

static bool Take(struct ticket *ticket) {
  uint32_t waiting = WAITING;
  return __atomic_compare_exchange_n(&ticket->state, &waiting, TAKEN, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static void Make(struct ticket *ticket) {
  ListAndLook(&ticket->listing);
  __atomic_store_n(&ticket->state, DONE, __ATOMIC_RELEASE);
  WakeAll(&ticket->state);
}

static uint64_t OrderOf(const struct ticket *ticket) { return __atomic_load_n(&ticket->order, __ATOMIC_RELAXED); }

/* The first that waits, or NULL. */
static struct ticket *FirstWaiting(struct ahead *ahead) {
  struct ticket *first = NULL;
  for (struct ticket *ticket = ahead->tickets; ticket < ahead->tickets + TICKETS; ticket++)
    if (IsWaiting(ticket) && (first == NULL || OrderOf(ticket) < OrderOf(first))) first = ticket;
  return first;
}

/* In a thread of the pool. What comes just after it looked for the last time is left to others. */
static void Execute(napi_env env, void *data) {
  (void)env;
  struct ahead *ahead = ((struct helper *)data)->ahead;
  for (struct ticket *ticket; (ticket = FirstWaiting(ahead)) != NULL;)
    if (Take(ticket)) Make(ticket);
  __atomic_fetch_sub(&ahead->busy, 1, __ATOMIC_ACQ_REL);
}

static void Complete(napi_env env, napi_status status, void *data) {
  (void)status;
  struct helper *helper = data;
  napi_delete_async_work(env, helper->work);
  helper->work = NULL;
}

static struct helper *FreeHelper(struct ahead *ahead) {
  for (struct helper *helper = ahead->helpers; helper < ahead->helpers + HELPERS; helper++)
    if (helper->work == NULL) return helper;
  return NULL;
}

static void Send(napi_env env, struct helper *helper) {
  napi_value name;
  if (napi_create_string_utf8(env, "bmcloud", NAPI_AUTO_LENGTH, &name) != napi_ok) return;
  if (napi_create_async_work(env, NULL, name, Execute, Complete, helper, &helper->work) != napi_ok) return;
  __atomic_fetch_add(&helper->ahead->busy, 1, __ATOMIC_ACQ_REL);
  if (napi_queue_async_work(env, helper->work) == napi_ok) return;
  __atomic_fetch_sub(&helper->ahead->busy, 1, __ATOMIC_ACQ_REL);
  Complete(env, napi_generic_failure, helper);
}

/* Where none can be sent, JavaScript makes what it asks for. */
static void SendIfNeeded(napi_env env, struct ahead *ahead) {
  uint32_t waiting = 0;
  for (uint32_t at = 0; at < TICKETS; at++) waiting += IsWaiting(&ahead->tickets[at]);
  uint32_t busy = __atomic_load_n(&ahead->busy, __ATOMIC_ACQUIRE);
  bool isNeeded = busy < MOST_BUSY && waiting > busy * FOR_EACH_HELPER;
  struct helper *helper = isNeeded ? FreeHelper(ahead) : NULL;
  if (helper == NULL) return;
  helper->ahead = ahead;
  Send(env, helper);
}

static struct ticket *FreeTicket(struct ahead *ahead) {
  for (struct ticket *ticket = ahead->tickets; ticket < ahead->tickets + TICKETS; ticket++)
    if (ticket->state == FREE) return ticket;
  return NULL;
}

static bool Hold(napi_env env, napi_value value, napi_ref *reference) {
  return napi_create_reference(env, value, 1, reference) == napi_ok;
}

static void LetGo(napi_env env, napi_ref *reference) {
  if (*reference != NULL) napi_delete_reference(env, *reference);
  *reference = NULL;
}

static struct ticket *Start(napi_env env, struct ahead *ahead, const struct listing *listing, napi_value names, napi_value records) {
  struct ticket *ticket = FreeTicket(ahead);
  if (ticket == NULL || !Hold(env, names, &ticket->names)) return NULL;
  if (!Hold(env, records, &ticket->records)) {
    LetGo(env, &ticket->names);
    return NULL;
  }
  ticket->listing = *listing;
  __atomic_store_n(&ticket->order, ahead->begun++, __ATOMIC_RELAXED);
  __atomic_store_n(&ticket->state, WAITING, __ATOMIC_RELEASE);
  SendIfNeeded(env, ahead);
  return ticket;
}

static bool HasPath(const struct listing *listing) {
  for (size_t at = 0; at < listing->room; at++)
    if (listing->names[at] == 0) return true;
  return false;
}

/* A path, and room for names, in one Uint8Array; room for records (Float64Array). Returns the ticket's number, or -1. */
napi_value Begin(napi_env env, napi_callback_info call) {
  napi_value values[2], result;
  struct listing listing;
  struct ahead *ahead;
  size_t records;
  bool isTaken = TakeValues(env, call, 2, values) && TakeBytes(env, values[0], &listing.names, &listing.room) &&
                 TakeRecords(env, values[1], &listing.records, &records) &&
                 napi_get_instance_data(env, (void **)&ahead) == napi_ok;
  if (!isTaken || records < MOST_RECORDS || !HasPath(&listing))
    return Refuse(env, "begin(names, answers): these are too short, or the path has no end");
  struct ticket *ticket = Start(env, ahead, &listing, values[0], values[1]);
  int32_t number = ticket == NULL ? -1 : (int32_t)(ticket - ahead->tickets);
  return napi_create_int32(env, number, &result) == napi_ok ? result : NULL;
}

static void GiveUp(struct ticket *ticket) {
  ticket->listing.length = -1;
  ticket->state = DONE;
}

static void Await(struct ticket *ticket, bool isWanted) {
  if (Take(ticket)) isWanted ? Make(ticket) : GiveUp(ticket);
  while (__atomic_load_n(&ticket->state, __ATOMIC_ACQUIRE) == TAKEN) WaitWhile(&ticket->state, TAKEN);
}

/* The ticket's number, and whether the listing is still wanted. Returns the bytes of names, or -1. */
napi_value Finish(napi_env env, napi_callback_info call) {
  napi_value values[2], result;
  struct ahead *ahead;
  uint32_t number;
  bool isWanted;
  bool isTaken = TakeValues(env, call, 2, values) && napi_get_value_uint32(env, values[0], &number) == napi_ok &&
                 napi_get_value_bool(env, values[1], &isWanted) == napi_ok &&
                 napi_get_instance_data(env, (void **)&ahead) == napi_ok && number < TICKETS;
  if (!isTaken || ahead->tickets[number].state == FREE) return Refuse(env, "finish(ticket, isWanted): there is no such ticket");
  struct ticket *ticket = &ahead->tickets[number];
  Await(ticket, isWanted);
  LetGo(env, &ticket->names);
  LetGo(env, &ticket->records);
  int64_t bytes = ticket->listing.length;
  ticket->state = FREE;
  return napi_create_int64(env, bytes, &result) == napi_ok ? result : NULL;
}

/* Node waits for its pool before it gets here. */
static void Forget(napi_env env, void *ahead, void *hint) {
  (void)env, (void)hint;
  FreePages(ahead, sizeof(struct ahead));
}

bool PrepareAhead(napi_env env) {
  void *ahead = AllocatePages(sizeof(struct ahead));
  return ahead != NULL && napi_set_instance_data(env, ahead, Forget, NULL) == napi_ok;
}
