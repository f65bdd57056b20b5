/** A picture that somebody chose, cut to a small square in the browser: a photo of ten megabytes need not travel. */

const SIDE = 320;

/** The middle of a picture as PNG. Throws with words for people when it cannot be read. */
export async function squareOf(file: Blob): Promise<Blob> {
  // As it is to be seen: a phone turns pictures by a note in the file.
  const image = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw new Error("This file cannot be read as a picture. Choose a photo, or a PNG or JPEG.");
  });
  const square = Math.min(image.width, image.height);
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const [left, top] = [(image.width - square) / 2, (image.height - square) / 2];
  canvas.getContext("2d")?.drawImage(image, left, top, square, square, 0, 0, SIDE, SIDE);
  image.close();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("This browser cannot make a picture of it.");
  return blob;
}
