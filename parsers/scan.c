#include "parsers/scan.h"

#include "parsers/engine_state.h"

enum step { STEP_ON, STEP_MORE, STEP_OUT }; /* read; ends beyond the bytes at hand; for libxml2 */

/* ---- bytes ---- */

static void look_at(struct scan *s, const uint8_t *at, size_t len)
{
    s->offset += (uint64_t)(s->at - s->from);
    s->at = s->from = at;
    s->end = at + len;
}

/* Goes on in the chunk itself, where what is left stands too. */
static void leave_carry(struct engine *e)
{
    struct scan *s = &e->scan;
    size_t left = (size_t)(s->end - s->at);
    look_at(s, e->input.data - left, left + e->input.len);
    e->input.len = 0;
    s->carried = false;
}

/* Moves what is left to the start of carry, and more behind it. */
static bool fill_carry(struct engine *e)
{
    struct scan *s = &e->scan;
    size_t left = (size_t)(s->end - s->at), len = left;
    if (left >= SCAN_CARRY)
        return false;
    memmove(s->carry, s->at, left);
    s->again = 0;
    while (len < SCAN_CARRY && (e->input.len || engine_refill(e))) {
        size_t n = e->input.len < SCAN_CARRY - len ? e->input.len : SCAN_CARRY - len;
        memcpy(s->carry + len, e->input.data, n);
        e->input.data += n, e->input.len -= n;
        len += n;
        s->again = n;
    }
    /* Bytes of a chunk are there until the next one is asked for. */
    if (e->ending)
        s->again = 0;
    look_at(s, s->carry, len);
    s->carried = true;
    return len > left;
}

/* More bytes for what starts at `at`; false when there are none, or when it is too long. */
static bool more(struct engine *e)
{
    const struct scan *s = &e->scan;
    size_t left = (size_t)(s->end - s->at);
    if (s->carried && left <= s->again && e->input.len) {
        leave_carry(e);
        return true;
    }
    if (left > 0)
        return fill_carry(e);
    if (!engine_refill(e))
        return false;
    leave_carry(e);
    return true;
}

/* What was not read is the engine's again. */
static void give_back(struct engine *e)
{
    struct scan *s = &e->scan;
    size_t left = (size_t)(s->end - s->at);
    if (s->carried && left > s->again) {
        e->held = (struct span){s->at, left};
    } else {
        e->input.data = s->carried ? e->input.data - left : s->at;
        e->input.len += left;
    }
    s->offset += (uint64_t)(s->at - s->from);
    s->from = s->at;
}

/* ---- tags ---- */

static bool is_letter(uint8_t c) { return (uint8_t)((c | 0x20) - 'a') < 26 || c == '_'; }

static bool is_name(uint8_t c) { return is_letter(c) || (uint8_t)(c - '0') < 10 || c == '-' || c == '.'; }

static const uint8_t *after_blanks(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

/* What is told next stands here. */
static void place(struct engine *e, const uint8_t *p)
{
    e->line = e->scan.line;
    e->offset = e->scan.offset + (uint64_t)(p - e->scan.from);
}

static void push(struct scan *s, const uint8_t *name, size_t len)
{
    memcpy(s->name[s->depth], name, len);
    s->name_len[s->depth++] = (uint8_t)len;
}

static void end_element(struct engine *e)
{
    e->scan.depth--;
    if (!e->stop)
        engine_end(e);
}

/* Length of the name at p; *node: of what was expected there, 0 when it is another one. */
static size_t measure_name(const struct engine *e, const uint8_t *p, node_id *node)
{
    size_t left = (size_t)(e->scan.end - p), len = 0;
    *node = engine_expected(e);
    if (*node)
        len = e->met[*node].name_len;
    if (*node && left > len && memcmp(p, e->nodes[*node].name, len) == 0 && !is_name(p[len]))
        return len;
    *node = 0;
    for (len = 0; len < left && is_name(p[len]);)
        len++;
    return len;
}

static enum step start_tag(struct engine *e)
{
    struct scan *s = &e->scan;
    const uint8_t *name = s->at + 1;
    if (!is_letter(*name) || s->depth == SCAN_DEPTH)
        return STEP_OUT;
    node_id node;
    size_t len = measure_name(e, name, &node);
    if (len > SCAN_NAME_MAX)
        return STEP_OUT;
    const uint8_t *p = after_blanks(name + len, s->end);
    if (p == s->end || (*p == '/' && p + 1 == s->end))
        return STEP_MORE;
    bool empty = *p == '/';
    if (p[empty] != '>')
        return STEP_OUT;
    place(e, p);
    s->at = p + empty + 1;
    push(s, name, len);
    engine_start(e, &(struct tag){.name = {name, len}, .plain = true, .node = node});
    if (empty)
        end_element(e);
    return STEP_ON;
}

/* The end of the end tag that closes the open element; NULL when another one stands here, s->end when it ends beyond. */
static const uint8_t *matching_end(const struct scan *s, const uint8_t *p)
{
    if (s->depth == 0)
        return NULL;
    size_t len = s->name_len[s->depth - 1];
    if ((size_t)(s->end - p) <= len + 2)
        return s->end;
    if (p[1] != '/' || memcmp(p + 2, s->name[s->depth - 1], len) != 0)
        return NULL;
    p = after_blanks(p + 2 + len, s->end);
    if (p == s->end)
        return p;
    return *p == '>' ? p : NULL;
}

static enum step end_tag(struct engine *e)
{
    struct scan *s = &e->scan;
    const uint8_t *bracket = matching_end(s, s->at);
    if (bracket == s->end)
        return STEP_MORE;
    if (!bracket)
        return STEP_OUT;
    s->at = bracket + 1;
    place(e, s->at);
    end_element(e);
    return STEP_ON;
}

/* ---- text ---- */

static const struct reference {
    const char *name;
    uint8_t len;
    char character;
} references[] = {{"&amp;", 5, '&'}, {"&lt;", 4, '<'}, {"&gt;", 4, '>'}, {"&quot;", 6, '"'}, {"&apos;", 6, '\''}};

static const struct reference *reference_at(const uint8_t *p, const uint8_t *end)
{
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
        if ((size_t)(end - p) >= references[i].len && memcmp(p, references[i].name, references[i].len) == 0)
            return &references[i];
    return NULL;
}

static bool is_plain(uint8_t c) { return c >= 0x20 && c != '<' && c != '&' && c != ']' && c != 0xef; }

/* What a text is made of. */
struct text {
    const uint8_t *end; /* where the next tag starts */
    uint32_t lines;
    bool blank, mixed; /* mixed: it is not in the flux as it is told */
};

/* A character that is not plain, at p: length of what it starts, 0 when that is not for us or not all at hand. */
static size_t measure_special(const uint8_t *p, const uint8_t *end, struct text *t)
{
    size_t left = (size_t)(end - p);
    if (*p == '\n')
        t->lines++;
    if (*p == '\n' || *p == '\t')
        return 1;
    bool pair = *p == '\r' && left > 1 && p[1] == '\n';
    t->mixed |= pair;
    if (*p == '\r')
        return pair;
    t->blank = false;
    if (*p == ']')
        return left > 2 && !(p[1] == ']' && p[2] == '>');
    /* U+FFFE and U+FFFF are no characters. */
    if (*p == 0xef)
        return left > 2 && !(p[1] == 0xbf && p[2] >= 0xbe) ? 3 : 0;
    const struct reference *r = *p == '&' ? reference_at(p, end) : NULL;
    t->mixed |= r != NULL;
    return r ? r->len : 0;
}

/* Without telling anything, so that all of a text is handed over, or nothing. */
static enum step measure(const uint8_t *p, const uint8_t *end, struct text *t)
{
    *t = (struct text){.blank = true};
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n'))
        t->lines += *p++ == '\n';
    while (p < end && *p != '<') {
        const uint8_t *plain = p;
        while (p < end && is_plain(*p))
            p++;
        t->blank &= p == plain || after_blanks(plain, p) == p;
        if (p == end || *p == '<')
            break;
        size_t n = measure_special(p, end, t);
        if (n == 0)
            return memchr(p, '<', (size_t)(end - p)) ? STEP_OUT : STEP_MORE;
        p += n;
    }
    t->end = p;
    return p < end ? STEP_ON : STEP_MORE;
}

static void tell(struct engine *e, const uint8_t *from, const uint8_t *to)
{
    struct scan *s = &e->scan;
    for (const uint8_t *p = from; (p = memchr(p, '\n', (size_t)(to - p))); p++)
        s->line++;
    e->line = s->line;
    if (to > from && !e->stop)
        engine_text(e, (struct span){from, (size_t)(to - from)});
}

/* Text with line ends of two bytes or references, in pieces. */
static void tell_pieces(struct engine *e, const uint8_t *p, const uint8_t *end)
{
    for (const uint8_t *from = p; from < end; from = p) {
        while (p < end && *p != '&' && *p != '\r')
            p++;
        tell(e, from, p);
        if (p == end)
            break;
        const struct reference *r = *p == '&' ? reference_at(p, end) : NULL;
        if (r)
            tell(e, (const uint8_t *)&r->character, (const uint8_t *)&r->character + 1);
        p += r ? r->len : 1;
    }
}

/* A whole value, judged where it stands. */
static void tell_value(struct engine *e, const struct text *t, const uint8_t *bracket)
{
    struct scan *s = &e->scan;
    e->text = s->at;
    e->text_len = (size_t)(t->end - s->at);
    s->line += t->lines;
    s->at = bracket + 1;
    place(e, s->at);
    end_element(e);
}

static enum step text(struct engine *e)
{
    struct scan *s = &e->scan;
    struct text t;
    enum step measured = measure(s->at, s->end, &t);
    if (measured != STEP_ON)
        return measured;
    size_t len = (size_t)(t.end - s->at), room = e->config.limits->text_bytes;
    bool whole = !t.mixed && len <= room && e->leaf != NODE_NONE && !e->skip && e->text_len == 0;
    const uint8_t *bracket = whole ? matching_end(s, t.end) : NULL;
    if (bracket == s->end)
        return STEP_MORE;
    if (bracket) {
        tell_value(e, &t, bracket);
        return STEP_ON;
    }
    if (t.blank && !t.mixed && !engine_takes_text(e) && len <= room - e->run) {
        e->run += len;
        s->line += t.lines;
    } else if (t.mixed) {
        tell_pieces(e, s->at, t.end);
    } else {
        tell(e, s->at, t.end);
    }
    s->at = t.end;
    return STEP_ON;
}

/* ---- before the root ---- */

static const uint8_t *find(const uint8_t *p, const uint8_t *end, const char *word)
{
    size_t len = strlen(word);
    const uint8_t *at = memmem(p, (size_t)(end - p), word, len);
    return at ? at + len : NULL;
}

static bool starts(const uint8_t *p, const uint8_t *end, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(end - p) >= len && memcmp(p, word, len) == 0;
}

/* Behind the bracket of a tag that opens an element. */
static const uint8_t *after_root(const uint8_t *p, const uint8_t *end)
{
    uint8_t quote = 0;
    for (; p < end && (quote || *p != '>'); p++)
        if (quote ? *p == quote : *p == '"' || *p == '\'')
            quote = quote ? 0 : *p;
    return p < end && p[-1] != '/' ? p + 1 : NULL;
}

size_t scan_prolog(struct span start)
{
    const uint8_t *p = start.data, *end = p + start.len;
    while (p && p < end) {
        while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
            p++;
        if (starts(p, end, "<?"))
            p = find(p + 2, end, "?>");
        else if (starts(p, end, "<!--"))
            p = find(p + 4, end, "-->");
        else
            break;
    }
    bool root = p && end - p > 1 && *p == '<' && is_letter(p[1]);
    p = root ? after_root(p + 1, end) : NULL;
    return p ? (size_t)(p - start.data) : 0;
}

/* ---- the run ---- */

static enum step step(struct engine *e)
{
    const struct scan *s = &e->scan;
    if (s->at == s->end)
        return STEP_MORE;
    if (*s->at != '<')
        return text(e);
    if (s->end - s->at < 2)
        return STEP_MORE;
    return s->at[1] == '/' ? end_tag(e) : start_tag(e);
}

void scan_run(struct engine *e, uint32_t line, uint64_t offset)
{
    struct scan *s = &e->scan;
    s->line = line;
    s->offset = offset;
    s->depth = 0;
    s->carried = true;
    s->again = 0;
    s->at = s->from = e->held.data;
    s->end = s->at + e->held.len;
    e->held.len = 0;
    while (!e->stop) {
        enum step done = step(e);
        if (done == STEP_OUT || (done == STEP_MORE && !more(e)))
            break;
    }
    give_back(e);
}

struct span scan_open_tags(struct scan *s)
{
    uint8_t *to = s->tags;
    for (unsigned i = 0; i < s->depth; i++) {
        *to++ = '<';
        memcpy(to, s->name[i], s->name_len[i]);
        to += s->name_len[i];
        *to++ = '>';
    }
    return (struct span){s->tags, (size_t)(to - s->tags)};
}
