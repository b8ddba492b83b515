"""Operations that the service or docs/operations.md asks of AWS and the emulator has not, or does otherwise."""

import re
import time
import uuid


def install(sqs, dynamodb, request_scope, account):
    """Puts them into the emulator's services."""
    tasks = []

    def start_message_move_task(data, _queue_url):
        """Messages of a dead-letter queue go back, as if they had just come."""
        source, destination = (sqs._queue_by_arn(data[name]) for name in ("SourceArn", "DestinationArn"))
        moved, source["messages"] = source["messages"], []
        for message in moved:
            message.update(receive_count=0, receipt_handle=None, visible_at=time.time(), first_receive_at=None)
        destination["messages"] += moved
        sqs.esm_wake.set()
        task = {"TaskHandle": uuid.uuid4().hex, "SourceArn": data["SourceArn"], "DestinationArn": data["DestinationArn"],
                "Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": len(moved)}  # fmt: skip
        tasks.insert(0, task)
        return {"TaskHandle": task["TaskHandle"]}

    def list_message_move_tasks(data, _queue_url):
        return {"Results": [task for task in tasks if task["SourceArn"] == data["SourceArn"]]}

    change_visibility = sqs._HANDLERS["ChangeMessageVisibility"]

    def change_visibility_in_flight(data, queue_url):
        """AWS changes it only while nobody else may receive the message: who comes later has lost it."""
        queue, handle = sqs._get_q(data.get("QueueUrl", queue_url)), data.get("ReceiptHandle")
        if any(one["receipt_handle"] == handle and one["visible_at"] <= time.time() for one in queue["messages"] if handle):
            raise sqs._Err("MessageNotInflight", "The specified message isn't in flight.")
        return change_visibility(data, queue_url)

    sqs._HANDLERS["ChangeMessageVisibility"] = change_visibility_in_flight
    sqs._HANDLERS |= {"StartMessageMoveTask": start_message_move_task, "ListMessageMoveTasks": list_message_move_tasks}

    restore = dynamodb._restore_table_to_point_in_time

    def restore_across_regions(data):
        """A table of another region, named by its ARN, is first seen in this one."""
        arn = re.fullmatch(r"arn:aws:dynamodb:([^:]+):[^:]+:table/(.+)", data.get("SourceTableArn", ""))
        if not arn or arn[1] == dynamodb.get_region():
            return restore(data)
        with request_scope(account, arn[1]):
            table = dynamodb._tables[arn[2]]
        dynamodb._tables[arn[2]] = table
        try:
            return restore(data | {"SourceTableName": arn[2]})
        finally:
            del dynamodb._tables[arn[2]]

    dynamodb._restore_table_to_point_in_time = restore_across_regions

