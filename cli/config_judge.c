#include "cli/config_judge.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

enum fs_kind fs_kind(uint64_t magic)
{
    /* statfs(2) */
    static const struct {
        uint32_t magic;
        enum fs_kind kind;
    } rows[] = {
        {0x6969, FS_REMOTE},     /* NFS */
        {0x517B, FS_REMOTE},     /* SMB */
        {0xFF534D42, FS_REMOTE}, /* CIFS */
        {0xFE534D42, FS_REMOTE}, /* SMB2 */
        {0x5346414F, FS_REMOTE}, /* AFS */
        {0x6B414653, FS_REMOTE}, /* AFS of the kernel */
        {0x73757245, FS_REMOTE}, /* Coda */
        {0x564C, FS_REMOTE},     /* NCP */
        {0x01021997, FS_REMOTE}, /* 9P */
        {0x00C36400, FS_REMOTE}, /* Ceph */
        {0x0BD00BD0, FS_REMOTE}, /* Lustre */
        {0x01161970, FS_REMOTE}, /* GFS2 */
        {0x7461636F, FS_REMOTE}, /* OCFS2 */
        {0x786F4256, FS_REMOTE}, /* folder of a VirtualBox host */
        {0x65735546, FS_USER},   {0x794C7630, FS_LAYERS}, {0x01021994, FS_MEMORY}, {0x858458F6, FS_MEMORY},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].magic == magic)
            return rows[i].kind;
    return FS_LOCAL;
}

bool path_within(const char *outer, const char *inner)
{
    size_t n = strlen(outer);
    if (strcmp(outer, "/") == 0)
        return inner[0] == '/';
    return strncmp(outer, inner, n) == 0 && (inner[n] == '\0' || inner[n] == '/');
}

static uint32_t bit_if(bool wrong, enum folder_verdict v) { return wrong ? UINT32_C(1) << v : 0; }

uint32_t folder_judge(enum folder_kind kind, const struct folder_facts *f)
{
    bool mine = f->owner == f->user;
    uint32_t all = 0;
    switch (kind) {
    case FOLDER_OWN:
        all |= bit_if(!mine, FOLDER_OWNER);
        all |= bit_if(f->mode & (S_IRWXG | S_IRWXO), FOLDER_OPEN);
        all |= bit_if(mine && (f->mode & S_IRWXU) != S_IRWXU, FOLDER_SHUT);
        return all;
    case FOLDER_DROP:
        all |= bit_if(!f->usable, FOLDER_RIGHTS);
        all |= bit_if(f->mode & S_IWOTH, FOLDER_WORLD_WRITES);
        all |= bit_if((f->mode & S_ISVTX) && !mine && f->user != 0, FOLDER_STICKY);
        all |= bit_if(!(f->mode & S_IWOTH) && (f->mode & (S_IROTH | S_IXOTH)), FOLDER_WORLD_READS);
        return all;
    case FOLDER_ABOVE:
        return bit_if((f->mode & S_IWOTH) && !(f->mode & S_ISVTX), FOLDER_WORLD_WRITES);
    }
    return 0;
}

enum clock_verdict clock_judge(int64_t now, int64_t newest)
{
    /* 1 January 2026: this program is not older. */
    static const int64_t written = INT64_C(1767225600), day = 86400;
    if (now < written)
        return CLOCK_BEFORE_PROGRAM;
    return now < newest - day ? CLOCK_BEFORE_STORE : CLOCK_RIGHT;
}

static bool two_digits(const char *text, int64_t limit, int64_t *n)
{
    if (strspn(text, "0123456789") < 2)
        return false;
    *n = 10 * (text[0] - '0') + (text[1] - '0');
    return *n < limit;
}

bool moment_parse(const char *text, int64_t *seconds)
{
    char day[11];
    int64_t days, hours, minutes, rest;
    if (strlen(text) != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z')
        return false;
    memcpy(day, text, 10);
    day[10] = '\0';
    if (!day_parse(day, &days) || !two_digits(text + 11, 24, &hours) || !two_digits(text + 14, 60, &minutes) ||
        !two_digits(text + 17, 61, &rest))
        return false;
    *seconds = 86400 * days + 3600 * hours + 60 * minutes + rest;
    return true;
}

bool share_below(uint64_t part, uint64_t whole, int64_t thousandths)
{
    if (whole == 0 || thousandths <= 0)
        return false;
    uint64_t n = (uint64_t)thousandths;
    return part < whole / 1000 * n + whole % 1000 * n / 1000;
}

/* A folder is watched, and so is the folder above, whose folder may be replaced. */
uint64_t watches_needed(size_t folders) { return 2 * (uint64_t)folders; }

/* The store, the journal, pipes to the parser, and what the libraries open. */
uint64_t descriptors_needed(size_t folders) { return 64 + (uint64_t)folders; }
