// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Loading: from a firmware file, piece by piece, to a verified model that sessions share. */
#include <linux/device.h>
#include <linux/firmware.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "glue.h"

static DEFINE_MUTEX(load_lock); /* one load at a time: they share the decoder's workspace */
static DEFINE_MUTEX(newest_lock);
static struct nbl_model *newest;

struct firmware_file {
	const char *name;
	struct device *device;
};

/* Bytes read, or a negative errno. */
static ssize_t read_firmware(const struct firmware_file *file, u64 offset, void *out, size_t bytes)
{
	const struct firmware *firmware;
	ssize_t read;
	int error;

	error = request_partial_firmware_into_buf(&firmware, file->name, file->device, out, bytes,
						  offset);
	if (error)
		return error;
	read = firmware->size;
	release_firmware(firmware);
	cond_resched();
	return read;
}

static int32_t read_chunk(void *context, uint64_t offset, void *out, size_t bytes)
{
	return read_firmware(context, offset, out, bytes) == bytes ? 0 : -1;
}

static int measure_blob(const struct firmware_file *file, u64 *out_bytes)
{
	u8 *first = kmalloc(NIBBLE_BLOB_HEADER_BYTES, GFP_KERNEL);
	nibble_status status;
	ssize_t bytes;

	if (!first)
		return -ENOMEM;
	bytes = read_firmware(file, 0, first, NIBBLE_BLOB_HEADER_BYTES);
	status = bytes < 0 ? NIBBLE_OK : nibble_blob_bytes(first, bytes, out_bytes);
	kfree(first);
	if (bytes < 0)
		return bytes;
	if (status < 0)
		pr_err("nibble: %s: %s\n", file->name, nibble_status_text(status));
	return nbl_status_errno(status);
}

static void describe(struct nbl_model *model)
{
	nibble_shape shape = { .struct_bytes = sizeof(shape) };
	const char *name;
	size_t bytes;

	nibble_model_string(model->model, NIBBLE_STRING_NAME, &name, &bytes);
	memcpy(model->name, name, min_t(size_t, bytes, sizeof(model->name) - 1));
	nibble_model_identity(model->model, model->identity);
	nibble_model_shape(model->model, &shape);
	model->vocabulary = shape.vocabulary;
	model->default_context_tokens = shape.default_context_tokens;
}

static int load_into(struct nbl_model *model, const nibble_source *source, const char *name)
{
	size_t scratch_bytes = 0;
	uint64_t where = 0;
	void *scratch;
	nibble_status status =
		nibble_model_needs(source, &model->arena_bytes, &scratch_bytes);

	if (status < 0)
		goto refused;
	model->arena = vmalloc(model->arena_bytes);
	scratch = vmalloc(max_t(size_t, scratch_bytes, 1)); /* nothing is unpacked from some blobs */
	status = NIBBLE_ARENA_TOO_SMALL;
	if (model->arena && scratch)
		status = nibble_model_load(source, model->arena, model->arena_bytes, scratch,
					   scratch_bytes, &where, &model->model);
	vfree(scratch);
	model->loading_bytes = scratch_bytes;
	if (status >= 0)
		return 0;
refused:
	pr_err("nibble: %s: %s (%s %llu)\n", name, nibble_status_text(status),
	       nibble_status_where(status), where);
	return nbl_status_errno(status);
}

#ifdef NIBBLE_EMBEDDED_MODEL
extern const u8 nbl_embedded_model[], nbl_embedded_model_end[];

/* Chunk after chunk: nothing else gives up the CPU while what is in memory is verified. */
static void run_in_turn(void *context, uint32_t tiles, nibble_parallel_body body, void *argument)
{
	for (uint32_t tile = 0; tile < tiles; ++tile) {
		body(argument, tile, tile + 1);
		cond_resched();
	}
}

static int open_embedded(nibble_source *out)
{
	*out = (nibble_source){
		.struct_bytes = sizeof(*out),
		.residency = NIBBLE_KEEP,
		.memory = nbl_embedded_model,
		.bytes = nbl_embedded_model_end - nbl_embedded_model,
		.workers = 256,
		.parallel = run_in_turn,
	};
	return 0;
}
#else
static int open_embedded(nibble_source *out)
{
	return -ENOENT;
}
#endif

static int open_source(struct firmware_file *file, nibble_source *out)
{
	if (!strcmp(file->name, NBL_EMBEDDED_NAME))
		return open_embedded(out);
	*out = (nibble_source){
		.struct_bytes = sizeof(*out),
		.residency = NIBBLE_RELEASE,
		.read = read_chunk,
		.context = file,
	};
	return measure_blob(file, &out->bytes);
}

static struct nbl_model *load(struct firmware_file *file)
{
	nibble_source source;
	struct nbl_model *model;
	int error = open_source(file, &source);

	if (error)
		return ERR_PTR(error);
	model = kzalloc(sizeof(*model), GFP_KERNEL);
	if (!model)
		return ERR_PTR(-ENOMEM);
	error = load_into(model, &source, file->name);
	if (error) {
		vfree(model->arena);
		kfree(model);
		return ERR_PTR(error);
	}
	kref_init(&model->refs);
	if (source.residency == NIBBLE_KEEP)
		model->blob_bytes = source.bytes;
	describe(model);
	return model;
}

static void nbl_model_free(struct kref *refs)
{
	struct nbl_model *model = container_of(refs, struct nbl_model, refs);

	vfree(model->arena);
	kfree(model);
}

void nbl_model_put(struct nbl_model *model)
{
	kref_put(&model->refs, nbl_model_free);
}

struct nbl_model *nbl_model_get(void)
{
	struct nbl_model *model;

	mutex_lock(&newest_lock);
	model = newest;
	if (model)
		kref_get(&model->refs);
	mutex_unlock(&newest_lock);
	return model;
}

static void set_newest(struct nbl_model *model)
{
	struct nbl_model *old;

	mutex_lock(&newest_lock);
	old = newest;
	newest = model;
	mutex_unlock(&newest_lock);
	if (old)
		nbl_model_put(old);
}

void nbl_model_forget(void)
{
	set_newest(NULL);
}

int nbl_model_replace(const char *name, struct device *device)
{
	struct firmware_file file = { name, device };
	struct nbl_model *model;

	mutex_lock(&load_lock);
	model = load(&file);
	mutex_unlock(&load_lock);
	if (IS_ERR(model))
		return PTR_ERR(model);
	pr_info("nibble: %s: %s, blob %zu bytes, model arena %zu bytes and %zu more while loading, identity %*phN\n",
		name, model->name, model->blob_bytes, model->arena_bytes, model->loading_bytes,
		NIBBLE_SHA256_BYTES, model->identity);
	set_newest(model);
	return 0;
}
